import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  type Authority,
  distributionMilliseconds,
  isPair,
  judgeAuthority,
  judgeCertificate,
  splitBundle,
} from './authority.ts';
import { changeAuthority, issueServerCertificate } from './issue-for-stack.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const lifetimes = { certificate: 90 * day, renewBefore: 7 * day, authority: 360 * day };
const wanted = {
  component: 'postgres',
  secretName: 'acme-postgres-tls',
  commonName: 'acme-postgres',
  dnsNames: ['acme-postgres', 'acme-postgres.chat'],
} as const;
const at = (now: number) => ({ stack: 'acme', lifetimes, now });
const made = (): Authority => changeAuthority('create', undefined, at(start));
const judge = (found: Parameters<typeof judgeCertificate>[0], authority: Authority, now: number) =>
  judgeCertificate(found, { dnsNames: wanted.dnsNames, issuer: authority.current.certificate, lifetimes }, now);

describe('the certificate of a server', () => {
  const authority = made();
  const found = issueServerCertificate(wanted, authority.current, at(start));

  test('stays until its time, which is told to the second, and is issued anew from then on', () => {
    const due = start + lifetimes.certificate - lifetimes.renewBefore;
    expect(judge(found, authority, start)).toEqual({ kind: 'keep', until: due });
    expect(judge(found, authority, due - 1)).toEqual({ kind: 'keep', until: due });
    expect(judge(found, authority, due).kind).toBe('issue');
  });

  test('is issued anew when it is missing, broken, of another authority or short of a name', () => {
    const other = issueServerCertificate(wanted, made().current, at(start));
    const short = issueServerCertificate({ ...wanted, dnsNames: ['acme-postgres'] }, authority.current, at(start));
    const reasons = [undefined, { ...found, key: other.key }, { ...found, certificate: 'nonsense' }, other, short].map(
      (each) => {
        const verdict = judge(each, authority, start);
        return verdict.kind === 'issue' ? verdict.reason : 'kept';
      },
    );
    expect(reasons).toEqual([
      'there was none',
      'certificate and key do not belong together',
      'certificate and key do not belong together',
      'the authority is another one',
      'it lacks the name acme-postgres.chat',
    ]);
  });

  test('ends no later than its authority', () => {
    const late = issueServerCertificate(wanted, authority.current, at(start + 300 * day));
    expect(new X509Certificate(late.certificate).validToDate.getTime()).toBe(start + lifetimes.authority);
  });
});

describe('the authority of a stack', () => {
  test('is followed by one that is trusted for a while before it signs, and stays trusted until its own end', () => {
    const first = made();
    const due = start + lifetimes.authority - 2 * lifetimes.certificate;
    expect(judgeAuthority(first, lifetimes, due - 1)).toEqual({ kind: 'keep', until: due });
    expect(judgeAuthority(first, lifetimes, due).kind).toBe('prepare');

    const prepared = changeAuthority('prepare', first, at(due));
    expect(prepared.current).toEqual(first.current);
    expect(prepared.trusted).toHaveLength(2);
    const promotion = due + distributionMilliseconds;
    expect(judgeAuthority(prepared, lifetimes, promotion - 1)).toEqual({ kind: 'keep', until: promotion });
    expect(judgeAuthority(prepared, lifetimes, promotion).kind).toBe('promote');

    const promoted = changeAuthority('promote', prepared, at(promotion));
    expect(promoted.current).toEqual(prepared.next);
    expect(promoted.next).toBeUndefined();
    expect(promoted.trusted).toContain(first.current.certificate);

    const after = changeAuthority('prepare', promoted, at(start + lifetimes.authority + 1000));
    expect(after.trusted).not.toContain(first.current.certificate);
  });

  test('leaves time for every certificate it signs to be replaced before its end', () => {
    const first = made();
    const due = start + lifetimes.authority - 2 * lifetimes.certificate;
    const last = issueServerCertificate(wanted, first.current, at(due + distributionMilliseconds));
    const end = new X509Certificate(last.certificate).validToDate.getTime();
    expect(end).toBe(due + distributionMilliseconds + lifetimes.certificate);
    expect(end).toBeLessThan(start + lifetimes.authority);
  });

  test('is made anew when there is none, or it has ended unnoticed', () => {
    expect(judgeAuthority(undefined, lifetimes, start).kind).toBe('create');
    expect(judgeAuthority(made(), lifetimes, start + lifetimes.authority).kind).toBe('create');
  });

  test('is a pair of certificate and key, and is found again in a bundle', () => {
    const [first, second] = [made(), made()];
    expect(isPair(first.current)).toBe(true);
    expect(isPair({ ...first.current, key: second.current.key })).toBe(false);
    const bundle = first.current.certificate + second.current.certificate;
    expect(splitBundle(bundle)).toEqual([first.current.certificate, second.current.certificate]);
  });
});
