import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { issueCertificate } from './issue-certificate.ts';

const hour = 3_600_000;
const now = Date.now();
const times = { notBefore: now - hour, notAfter: now + hour };
const dnsNames = ['acme-postgres', 'acme-postgres.chat.svc.cluster.local'];
const authority = issueCertificate({ commonName: 'authority of acme', ...times });
const server = issueCertificate(
  { commonName: 'acme-postgres', dnsNames, ...times },
  { commonName: 'authority of acme', key: authority.key },
);

/** Shakes hands as a client that knows the authority, and answers what came of it. */
async function shakeHands(presented: typeof server, ca: string, servername: string): Promise<string> {
  const listener = createServer({ cert: presented.certificate, key: presented.key }, (socket) => socket.end());
  listener.on('tlsClientError', () => undefined);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connectPlain((listener.address() as AddressInfo).port, '127.0.0.1');
  const secure = connect({ socket, ca, servername });
  const outcome = await new Promise<string>((resolve) => {
    secure.once('secureConnect', () => resolve(`trusted, ${secure.getProtocol()}`));
    secure.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
  secure.destroy();
  listener.close();
  return outcome;
}

describe('a certificate', () => {
  test('lets a client verify the server by any of its names', async () => {
    for (const name of dnsNames) expect(await shakeHands(server, authority.certificate, name)).toBe('trusted, TLSv1.3');
  });

  test('is refused for another name, by who trusts another authority, and after its end', async () => {
    const other = issueCertificate({ commonName: 'authority of acme', ...times });
    const past = { notBefore: now - 2 * hour, notAfter: now - hour };
    const signer = { commonName: 'authority of acme', key: authority.key };
    const ended = issueCertificate({ commonName: 'acme-postgres', dnsNames, ...past }, signer);
    expect(await shakeHands(server, authority.certificate, 'acme-redis')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await shakeHands(server, other.certificate, 'acme-postgres')).toMatch(/^UNABLE_TO_(GET|VERIFY)/);
    expect(await shakeHands(ended, authority.certificate, 'acme-postgres')).toBe('CERT_HAS_EXPIRED');
  });

  test('says what it was made for', () => {
    const [own, signers] = [server, authority].map(({ certificate }) => new X509Certificate(certificate));
    expect(own?.subjectAltName).toBe(dnsNames.map((name) => `DNS:${name}`).join(', '));
    expect([own?.ca, signers?.ca]).toEqual([false, true]);
    expect(own?.checkIssued(signers as X509Certificate)).toBe(true);
    expect(own?.validToDate.getTime()).toBe(Math.floor(times.notAfter / 1000) * 1000);
    expect(own?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test('may end after 2049, where times are written in another form', () => {
    const notAfter = Date.UTC(2061, 5, 7, 8, 9, 10);
    const { certificate } = issueCertificate({ commonName: 'late', notBefore: now, notAfter });
    expect(new X509Certificate(certificate).validToDate.getTime()).toBe(notAfter);
  });
});
