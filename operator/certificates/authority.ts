import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyedCertificate } from './issue-certificate.ts';

/** The authority of a stack as its Secret keeps it. */
export interface Authority {
  /** Signs. */
  readonly current: KeyedCertificate;
  /** Will sign, once everybody has been given it; until then it is only trusted. */
  readonly next?: KeyedCertificate;
  /** Certificates that are trusted, in PEM: those above and former ones until their end. */
  readonly trusted: readonly string[];
}

/** Lifetimes in milliseconds. */
export interface Lifetimes {
  readonly certificate: number;
  readonly renewBefore: number;
  readonly authority: number;
}

/** What is to be done about an authority or a certificate, or until when there is nothing to do (milliseconds since 1970). */
export type Verdict<Change extends string> =
  | { readonly kind: Change; readonly reason: string }
  | { readonly kind: 'keep'; readonly until: number };

/**
 * How long a new authority is trusted before it signs. A kubelet brings a changed ConfigMap into its pods within 90 seconds (a minute
 * and its jitter), and the programs look for it every few seconds.
 */
export const distributionMilliseconds = 180_000;

/** How far the clocks of the nodes may be apart: certificates begin to hold by so much earlier. */
export const skewMilliseconds = 300_000;

const endOf = (certificate: string): number => new X509Certificate(certificate).validToDate.getTime();

const startOf = (certificate: string): number =>
  new X509Certificate(certificate).validFromDate.getTime() + skewMilliseconds;

/** The certificates of a bundle in PEM, one each. */
export const splitBundle = (bundle: string): readonly string[] =>
  (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => `${text}\n`);

/** The certificates that still hold, each once. */
export const stillTrusted = (certificates: readonly string[], now: number): readonly string[] =>
  [...new Set(certificates)].filter((certificate) => isReadable(certificate) && endOf(certificate) > now);

const isReadable = (certificate: string): boolean => {
  try {
    return new X509Certificate(certificate).ca;
  } catch {
    return false;
  }
};

/** Whether a certificate and a key in PEM are there and belong together. */
export const isPair = ({ certificate, key }: KeyedCertificate): boolean => {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
};

/**
 * What is to become of an authority:
 *
 *   none ──create──▶ current ── two certificates' lives before its end: prepare ──▶ current, and next is trusted
 *                       ▲                                                              │ after the distribution
 *                       └────────────── promote: next signs; the former one stays trusted until its end
 */
export function judgeAuthority(
  authority: Authority | undefined,
  lifetimes: Lifetimes,
  now: number,
): Verdict<'create' | 'prepare' | 'promote'> {
  if (authority === undefined) return { kind: 'create', reason: 'there was none' };
  const { current, next } = authority;
  if (endOf(current.certificate) <= now && next === undefined) return { kind: 'create', reason: 'it has ended' };
  if (next !== undefined) {
    const until = startOf(next.certificate) + distributionMilliseconds;
    return until <= now
      ? { kind: 'promote', reason: 'the next one has been trusted long enough' }
      : { kind: 'keep', until };
  }
  const until = endOf(current.certificate) - 2 * lifetimes.certificate;
  return until <= now ? { kind: 'prepare', reason: 'its end comes near' } : { kind: 'keep', until };
}

/** Whether a server's certificate has to be issued anew, and why. */
export function judgeCertificate(
  found: KeyedCertificate | undefined,
  wanted: { readonly dnsNames: readonly string[]; readonly issuer: string; readonly lifetimes: Lifetimes },
  now: number,
): Verdict<'issue'> {
  if (found === undefined) return { kind: 'issue', reason: 'there was none' };
  if (!isPair(found)) return { kind: 'issue', reason: 'certificate and key do not belong together' };
  const certificate = new X509Certificate(found.certificate);
  const issuer = new X509Certificate(wanted.issuer);
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    return { kind: 'issue', reason: 'the authority is another one' };
  const names = new Set(certificate.subjectAltName?.split(', ').map((name) => name.replace(/^DNS:/, '')));
  const missing = wanted.dnsNames.find((name) => !names.has(name));
  if (missing !== undefined) return { kind: 'issue', reason: `it lacks the name ${missing}` };
  const until = endOf(found.certificate) - wanted.lifetimes.renewBefore;
  return until <= now ? { kind: 'issue', reason: 'its end comes near' } : { kind: 'keep', until };
}
