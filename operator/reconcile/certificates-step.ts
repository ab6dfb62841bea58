import type { TlsPlan } from '@chatstack/stack/plan/plan-tls.ts';
import { authorityFactor } from '@chatstack/stack/render/kubernetes/certificates.ts';
import { certificateSourceAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import {
  type Authority,
  isPair,
  judgeAuthority,
  judgeCertificate,
  type Lifetimes,
  splitBundle,
} from '../certificates/authority.ts';
import type { KeyedCertificate } from '../certificates/issue-certificate.ts';
import { changeAuthority, issueServerCertificate } from '../certificates/issue-for-stack.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { followCertManager } from './cert-manager.ts';
import { distributeAuthorities } from './distribute-authorities.ts';
import { missingKeys, readSecretText } from './secrets.ts';
import { findStackSecret, writeStackSecret } from './stack-secrets.ts';
import type { StepResult } from './step.ts';
import { isNewStack, type Work } from './work.ts';

/** Timers of Node hold at most 2^31 milliseconds; what is further away is looked at again before. */
const longestWait = 2_000_000_000;

/**
 * Makes sure that every server of the stack has a certificate that holds, and that the pods are given the authorities to check it
 * against before the first certificate of a new one is made. An unchanged stack costs nothing: its Secrets are watched, and the time
 * of the next change is known.
 */
export async function ensureCertificates(work: Work): Promise<StepResult> {
  const { tls } = work.plan;
  if (tls === undefined) return { kind: 'done' };
  return tls.source === 'CertManager' ? followCertManager(work, tls) : issueOwn(work, tls);
}

async function issueOwn(work: Work, tls: TlsPlan): Promise<StepResult> {
  const now = work.tools.now();
  const context = { stack: work.plan.name, lifetimes: lifetimesOf(tls), now };
  const { authority, until } = await bringAuthority(work, tls, context);
  await distributeAuthorities(work, tls, authority.trusted.join(''));
  const ends = await Promise.all(
    tls.certificates.map(async (wanted) => {
      const secret = findStackSecret(work, wanted.secretName);
      const found = readPair(secret, 'tls');
      const issuer = authority.current.certificate;
      const verdict = judgeCertificate(found, { ...wanted, issuer, lifetimes: context.lifetimes }, now);
      if (verdict.kind === 'keep') return verdict.until;
      const { certificate, key } = issueServerCertificate(wanted, authority.current, context);
      const data = { 'tls.crt': certificate, 'tls.key': key };
      await writeStackSecret(work, secret, { name: wanted.secretName, component: wanted.component, data });
      tell(work, 'CertificateIssued', `Issued the certificate of ${wanted.commonName}: ${verdict.reason}`);
      return now + context.lifetimes.certificate - context.lifetimes.renewBefore;
    }),
  );
  const next = Math.min(until, ...ends);
  return { kind: 'done', afterMilliseconds: Math.min(Math.max(next - now, 1000), longestWait) };
}

const lifetimesOf = ({ duration, renewBefore }: TlsPlan): Lifetimes => ({
  certificate: duration * 1000,
  renewBefore: renewBefore * 1000,
  authority: duration * 1000 * authorityFactor,
});

type Context = { readonly stack: string; readonly lifetimes: Lifetimes; readonly now: number };

async function bringAuthority(
  work: Work,
  tls: TlsPlan,
  context: Context,
): Promise<{ readonly authority: Authority; readonly until: number }> {
  const secret = findStackSecret(work, tls.authorityName);
  let authority = readAuthority(secret);
  let verdict = judgeAuthority(authority, context.lifetimes, context.now);
  if (verdict.kind !== 'keep') {
    authority = changeAuthority(verdict.kind, authority ?? trustedAlone(secret), context);
    await writeStackSecret(work, secret, {
      name: tls.authorityName,
      component: 'authority',
      data: buildAuthorityData(authority),
      annotations: { [certificateSourceAnnotation]: 'SelfSigned' },
    });
    tell(work, reasons[verdict.kind], `${messages[verdict.kind]}: ${verdict.reason}`);
    verdict = judgeAuthority(authority, context.lifetimes, context.now);
  }
  if (authority === undefined || verdict.kind !== 'keep')
    throw new Error('expected an authority with time before its next change, found none; raise spec.tls.duration');
  return { authority, until: verdict.until };
}

const reasons = { create: 'AuthorityCreated', prepare: 'AuthorityPrepared', promote: 'AuthorityReplaced' } as const;
const messages = {
  create: 'Made an authority for the certificates of the stack',
  prepare: 'Made the next authority; it is trusted from now on, and signs once every pod has been given it',
  promote: 'The next authority signs from now on; the former one stays trusted until its end',
} as const;

/** What cert-manager, which was used before, is trusted for still. */
const trustedAlone = (secret: KubernetesObject | undefined): Authority | undefined =>
  secret === undefined || missingKeys(secret, ['ca.crt']).length > 0
    ? undefined
    : { current: { certificate: '', key: '' }, trusted: splitBundle(readSecretText(secret, 'ca.crt')) };

function readPair(secret: KubernetesObject | undefined, prefix: string): KeyedCertificate | undefined {
  if (secret === undefined || missingKeys(secret, [`${prefix}.crt`, `${prefix}.key`]).length > 0) return undefined;
  return { certificate: readSecretText(secret, `${prefix}.crt`), key: readSecretText(secret, `${prefix}.key`) };
}

function readAuthority(secret: KubernetesObject | undefined): Authority | undefined {
  const current = readPair(secret, 'tls');
  if (secret === undefined || current === undefined || !isPair(current)) return undefined;
  const next = readPair(secret, 'next');
  const bundle = missingKeys(secret, ['ca.crt']).length > 0 ? '' : readSecretText(secret, 'ca.crt');
  const trusted = [current.certificate, ...(next ? [next.certificate] : []), ...splitBundle(bundle)];
  return { current, ...(next && isPair(next) ? { next } : {}), trusted: [...new Set(trusted)] };
}

const buildAuthorityData = ({ current, next, trusted }: Authority): Record<string, string> => ({
  'ca.crt': trusted.join(''),
  'tls.crt': current.certificate,
  'tls.key': current.key,
  ...(next === undefined ? {} : { 'next.crt': next.certificate, 'next.key': next.key }),
});

/** What a new stack is made of goes without saying. */
function tell(work: Work, reason: string, message: string): void {
  if (!isNewStack(work.stack)) work.tools.events.record(work.stack, 'Normal', reason, message);
}
