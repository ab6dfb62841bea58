import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate, type KeyedCertificate } from '@chatstack/operator/certificates/issue-certificate.ts';
import { changePostgresLogins } from '@chatstack/operator/rotation/postgres-logins.ts';
import { setRedisPasswords } from '@chatstack/operator/rotation/redis-passwords.ts';
import type { PasswordServer } from '@chatstack/operator/rotation/server-answer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFolder, giveFolder, unprivilegedAccount } from '../engines/account.ts';
import { findFreePort } from '../engines/free-port.ts';
import { type PostgresEngine, startPostgres } from '../engines/postgres.ts';
import { type RedisEngine, startRedis } from '../engines/redis.ts';

const hour = 3_600_000;
const times = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
const authority = (commonName: string) => issueCertificate({ commonName, ...times });
const [trusted, stranger] = [authority('trusted'), authority('stranger')];

const folder = createFolder('chatstack-rotation-tls', unprivilegedAccount());

/** Writes the certificate of a server, which is asked by its address and must be of this name. */
function present(name: string): { readonly certificate: string; readonly key: string } {
  const issued = issueCertificate(
    { commonName: name, dnsNames: [name], ...times },
    { commonName: 'trusted', key: trusted.key },
  );
  const paths = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.certificate, issued.certificate);
  writeFileSync(paths.key, issued.key);
  chmodSync(paths.key, 0o600);
  giveFolder(folder, unprivilegedAccount());
  return paths;
}

let postgres: PostgresEngine;
let redis: RedisEngine;
let redisPort: number;

beforeAll(async () => {
  redisPort = await findFreePort();
  const [database, cache] = [present('acme-postgres'), present('acme-redis')];
  const settings = { ssl: 'on', ssl_cert_file: database.certificate, ssl_key_file: database.key };
  const files = ['--tls-cert-file', cache.certificate, '--tls-key-file', cache.key];
  const rest = ['--tls-ca-cert-file', cache.certificate, '--tls-auth-clients', 'no'];
  [postgres, redis] = await Promise.all([
    startPostgres({ settings }),
    startRedis({ password: 'one', args: ['--tls-port', String(redisPort), ...files, ...rest] }),
  ]);
  await postgres.query('CREATE ROLE chatstack; CREATE ROLE pgbouncer_auth');
}, 60_000);
afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]), 30_000);

const target = (
  port: number,
  password: string,
  servername: string,
  { certificate }: KeyedCertificate = trusted,
): PasswordServer => ({
  ...{ host: '127.0.0.1', port, passwords: ['former', password], timeoutMilliseconds: 5000 },
  tls: { servername, ca: [certificate] },
});

test('logins of a Postgres that encrypts are changed where it is who it is called, and nowhere else', async () => {
  const change = { allow: { chatstack_b: 'secret' } };
  const logins = "SELECT rolname FROM pg_authid WHERE rolname ~ '^(chatstack|pgbouncer)' AND rolcanlogin";
  for (const wrong of [
    target(postgres.port, postgres.password, 'acme-postgres', stranger),
    target(postgres.port, postgres.password, 'other-postgres'),
  ]) {
    expect(await changePostgresLogins(wrong, change)).toMatchObject({ kind: 'unreachable' });
  }
  expect(await postgres.query(logins)).toEqual([]);
  const server = target(postgres.port, postgres.password, 'acme-postgres');
  expect(await changePostgresLogins(server, change)).toEqual({ kind: 'done' });
  expect(await postgres.query(logins)).toEqual([{ rolname: 'chatstack_b' }]);
});

test('passwords of a Redis that encrypts likewise', async () => {
  for (const wrong of [target(redisPort, 'one', 'acme-redis', stranger), target(redisPort, 'one', 'other-redis')]) {
    expect(await setRedisPasswords(wrong, ['two'])).toMatchObject({ kind: 'unreachable' });
  }
  expect(await setRedisPasswords(target(redisPort, 'one', 'acme-redis'), ['one', 'two'])).toEqual({ kind: 'done' });
  expect(await setRedisPasswords(target(redisPort, 'two', 'acme-redis'), ['two'])).toEqual({ kind: 'done' });
  expect(await setRedisPasswords(target(redisPort, 'one', 'acme-redis'), ['one'])).toMatchObject({ kind: 'refused' });
});
