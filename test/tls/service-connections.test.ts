import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate, type KeyedCertificate } from '@chatstack/operator/certificates/issue-certificate.ts';
import { RedisConnection } from '@chatstack/service/cache/redis-connection.ts';
import { parseMigrationConfig, parseServiceConfig } from '@chatstack/service/config/config.ts';
import { openDatabase } from '@chatstack/service/data/database.ts';
import { migrateSchema } from '@chatstack/service/data/schema-migration.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createFolder, giveFolder, unprivilegedAccount } from '../engines/account.ts';
import { findFreePort } from '../engines/free-port.ts';
import { type PostgresEngine, startPostgres } from '../engines/postgres.ts';
import { type RedisEngine, startRedis } from '../engines/redis.ts';

const hour = 3_600_000;
const times = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
const authority = (commonName: string) => issueCertificate({ commonName, ...times });
const server = (by: KeyedCertificate, commonName: string, host = 'localhost') =>
  issueCertificate({ commonName: host, dnsNames: [host], ...times }, { commonName, key: by.key });

const folder = createFolder('chatstack-tls', unprivilegedAccount());
const file = (name: string) => join(folder, name);
const caFile = file('ca.crt');
const [first, second] = [authority('first'), authority('second')];

function present({ certificate, key }: KeyedCertificate): void {
  writeFileSync(file('tls.crt'), certificate);
  writeFileSync(file('tls.key'), key);
  chmodSync(file('tls.key'), 0o600);
  giveFolder(folder, unprivilegedAccount());
}

const trust = (...authorities: readonly KeyedCertificate[]) =>
  writeFileSync(caFile, authorities.map(({ certificate }) => certificate).join(''));

let postgres: PostgresEngine;
let redis: RedisEngine;
let environment: { readonly [name: string]: string };

beforeAll(async () => {
  present(server(first, 'first'));
  const tlsPort = await findFreePort();
  const settings = { ssl: 'on', ssl_cert_file: file('tls.crt'), ssl_key_file: file('tls.key') };
  const files = ['--tls-cert-file', file('tls.crt'), '--tls-key-file', file('tls.key'), '--tls-auth-clients', 'no'];
  const anyAuthority = ['--tls-ca-cert-file', file('tls.crt')];
  [postgres, redis] = await Promise.all([
    startPostgres({ settings }),
    startRedis({ args: ['--tls-port', String(tlsPort), ...files, ...anyAuthority] }),
  ]);
  await postgres.createDatabase('chat');
  const url = `postgresql://localhost:${postgres.port}/chat?sslmode=verify-full`;
  environment = {
    DATABASE_URL: url,
    DATABASE_URL_DIRECT: url,
    DATABASE_CA_FILE: caFile,
    PGUSER: postgres.user,
    PGPASSWORD: postgres.password,
    REDIS_URL: `rediss://localhost:${tlsPort}`,
    REDIS_CA_FILE: caFile,
  };
});
afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]));
beforeEach(() => trust(first));

const open = () => {
  const database = openDatabase(parseServiceConfig(environment).database, () => undefined);
  const inUse = async () => {
    const text = 'select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = $1';
    return postgres.query(text, ['chat-service']);
  };
  return { database, inUse };
};

describe('connections of the service to a server that encrypts', () => {
  test('are encrypted, those of a migration too', async () => {
    await migrateSchema(parseMigrationConfig(environment).database, { tell: () => undefined });
    const { database, inUse } = open();
    await database.ping();
    expect(await inUse()).toEqual([{ ssl: true }]);
    await database.close(1_000);
  });

  test('are refused when another authority vouches for the server, or for another host', async () => {
    for (const wrong of [server(second, 'second'), server(first, 'first', 'elsewhere')]) {
      present(wrong);
      await postgres.query('select pg_reload_conf()');
      const { database } = open();
      await expect(database.ping()).rejects.toThrow(/certificate|altnames/i);
      await database.close(1_000);
    }
    present(server(first, 'first'));
    await postgres.query('select pg_reload_conf()');
  });

  test('follow an authority that is replaced while the process runs', async () => {
    const { database } = open();
    await database.ping();
    trust(first, second);
    present(server(second, 'second'));
    await postgres.query('select pg_reload_conf()');
    const text = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-service'";
    await postgres.query(text);
    await expect(eventuallyAnswers(() => database.ping())).resolves.toBeUndefined();
    await database.close(1_000);
  });
});

describe('connections of the service to a Redis that encrypts', () => {
  const ask = (connection: RedisConnection) => connection.run((client) => client.ping());

  test('work with the authority of the file, and with none that is not in it', async () => {
    trust(first);
    const told: string[] = [];
    const trusting = new RedisConnection(redisConfig(), (message) => told.push(message));
    expect(await eventuallyAnswers(() => ask(trusting))).toBe('PONG');
    trusting.close();
    trust(second);
    const distrusting = new RedisConnection(redisConfig(), (message) => told.push(message));
    await expect(distrusting.run((client) => client.ping())).rejects.toThrow();
    await eventuallyAnswers(async () => {
      if (!told.some((message) => /certificate/.test(message))) throw new Error(`expected a reason, found ${told}`);
    });
    distrusting.close();
  });
});

function redisConfig() {
  const { redis: config } = parseServiceConfig(environment);
  if (config === undefined) throw new Error('expected Redis in the configuration, found none');
  return config;
}

/** Asks until there is an answer: a connection that was cut is noticed by the first question after it. */
async function eventuallyAnswers<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
