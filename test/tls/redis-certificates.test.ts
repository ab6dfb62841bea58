import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { issueCertificate } from '@chatstack/operator/certificates/issue-certificate.ts';
import { buildStartRedis } from '@chatstack/stack/config/start-redis.ts';
import { afterAll, expect, test } from '@jest/globals';
import { giveFolder, unprivilegedAccount } from '../engines/account.ts';
import { findFreePort } from '../engines/free-port.ts';
import { makeFolder, removeFolders, start } from '../engines/run-script.ts';

afterAll(removeFolders);

const hour = 3_600_000;
const times = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
const authority = issueCertificate({ commonName: 'authority', ...times });

/** What a kubelet makes of a Secret: files behind a link that leads to all of them at once. */
function mountCertificate(folder: string, version: string): void {
  const name = `${version}.example`;
  const issued = issueCertificate(
    { commonName: name, dnsNames: [name], ...times },
    { commonName: 'authority', key: authority.key },
  );
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, 'tls.crt'), issued.certificate);
  writeFileSync(join(folder, version, 'tls.key'), issued.key);
  writeFileSync(join(folder, version, 'ca.crt'), authority.certificate);
  symlinkSync(version, join(folder, '..new'));
  renameSync(join(folder, '..new'), join(folder, '..data'));
  giveFolder(folder, unprivilegedAccount());
}

/** The name on the certificate that a server shows. */
const shownBy = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject?.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });

test('a replaced certificate of Redis comes into force, though its passwords are others since it was started', async () => {
  const port = await findFreePort();
  const folder = makeFolder({});
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates);
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(`..data/${name}`, join(certificates, name));
  mountCertificate(certificates, 'first');
  const files = ['cert-file tls.crt', 'key-file tls.key', 'ca-cert-file ca.crt'].map((each) => {
    const [setting, name] = each.split(' ');
    return `tls-${setting} ${certificates}/${name}`;
  });
  const configFile = join(folder, 'redis.conf');
  const settings = ['port 0', `tls-port ${port}`, 'bind 127.0.0.1', 'tls-auth-clients no', 'save ""'];
  writeFileSync(configFile, [...settings, ...files, ''].join('\n'));
  const run = join(folder, 'volume');
  const script = buildStartRedis({
    configFile,
    secretFile: join(run, 'secret.conf'),
    localFile: join(run, 'local'),
    certificates: { folder: certificates, port },
  })
    .replace(/^exec "\$program"/m, `sed -i 's/">word"/">other"/' '${run}/secret.conf'\n$&`)
    // In a container the loop ends with Redis; here it is told to.
    .replace(/while sleep \d+; do/, () => 'while sleep 1 && kill -0 $$ 2>/dev/null; do');
  const running = start(script, { REDIS_PASSWORD: 'word' });
  await running.saw('Ready to accept connections');
  expect(await shownBy(port)).toBe('first.example');
  mountCertificate(certificates, 'second');
  while ((await shownBy(port)) !== 'second.example') await new Promise((resolve) => setImmediate(resolve));
  await running.stop('SIGTERM');
}, 30_000);
