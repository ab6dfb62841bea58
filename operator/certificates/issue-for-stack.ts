import { X509Certificate } from 'node:crypto';
import type { ServerCertificate } from '@chatstack/stack/plan/plan-tls.ts';
import { type Authority, type Lifetimes, skewMilliseconds, stillTrusted } from './authority.ts';
import { issueCertificate, type KeyedCertificate } from './issue-certificate.ts';

const commonNameOf = (certificate: string): string => new X509Certificate(certificate).subject.replace(/^CN=/, '');

/** Makes an authority for a stack. Each has a name of its own, so that verifiers never take one for another. */
const makeAuthority = (stack: string, lifetimes: Lifetimes, now: number): KeyedCertificate =>
  issueCertificate({
    commonName: `${stack}-ca-${Math.floor(now / 1000)}`,
    notBefore: now - skewMilliseconds,
    notAfter: now + lifetimes.authority,
  });

/** The authority after a change that `judgeAuthority` asked for. */
export function changeAuthority(
  change: 'create' | 'prepare' | 'promote',
  authority: Authority | undefined,
  context: { readonly stack: string; readonly lifetimes: Lifetimes; readonly now: number },
): Authority {
  const { stack, lifetimes, now } = context;
  const trusted = authority?.trusted ?? [];
  if (change === 'promote' && authority?.next !== undefined)
    return { current: authority.next, trusted: stillTrusted([authority.next.certificate, ...trusted], now) };
  const made = makeAuthority(stack, lifetimes, now);
  const keep = stillTrusted([made.certificate, ...trusted], now);
  return change === 'prepare' && authority !== undefined
    ? { current: authority.current, next: made, trusted: keep }
    : { current: made, trusted: keep };
}

/** Issues the certificate of one component. It ends no later than the authority. */
export function issueServerCertificate(
  { commonName, dnsNames }: ServerCertificate,
  signer: KeyedCertificate,
  { lifetimes, now }: { readonly lifetimes: Lifetimes; readonly now: number },
): KeyedCertificate {
  const end = new X509Certificate(signer.certificate).validToDate.getTime();
  return issueCertificate(
    {
      commonName,
      dnsNames,
      notBefore: now - skewMilliseconds,
      notAfter: Math.min(now + lifetimes.certificate, end),
    },
    { commonName: commonNameOf(signer.certificate), key: signer.key },
  );
}
