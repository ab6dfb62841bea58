import { changePostgresLogins } from '@chatstack/operator/rotation/postgres-logins.ts';
import { setRedisPasswords } from '@chatstack/operator/rotation/redis-passwords.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { EngineProcess } from '../engines/engine-process.ts';
import { type Credentials, openRotationLab, type RotationLab } from './rotation-lab.ts';

const before: Credentials = {
  POSTGRES_PASSWORD: 'superuser-1',
  SERVICE_PASSWORD: `ser'vice "1\\`,
  PGBOUNCER_PASSWORD: 'lookup-1',
  PGBOUNCER_ADMIN_PASSWORD: 'admin-1',
  REDIS_PASSWORD: 'cache-1',
  CREDENTIALS_REVISION: 'once',
};
const others = { postgres: 'superuser-2', service: 'service-2', pgbouncer: 'lookup-2', redis: 'cache-2' };
const after: Credentials = {
  POSTGRES_PASSWORD: others.postgres,
  SERVICE_USER: 'chatstack_b',
  SERVICE_PASSWORD: others.service,
  PGBOUNCER_USER: 'pgbouncer_auth_b',
  PGBOUNCER_PASSWORD: others.pgbouncer,
  PGBOUNCER_ADMIN_PASSWORD: 'admin-2',
  REDIS_PASSWORD: others.redis,
  CREDENTIALS_REVISION: 'once',
};
/** While both are valid, for what starts then. */
const both: Credentials = {
  ...after,
  OTHER_SERVICE_PASSWORD: before.SERVICE_PASSWORD ?? '',
  OTHER_PGBOUNCER_PASSWORD: before.PGBOUNCER_PASSWORD ?? '',
  OTHER_REDIS_PASSWORD: before.REDIS_PASSWORD ?? '',
};

type Pooler = { readonly port: number; readonly process: EngineProcess };

let lab: RotationLab;
let postgres: EngineProcess;
let redis: EngineProcess;
let poolers: Pooler[];
const seen = { requests: 0, failures: [] as string[] };

/** A process of the service: requests, one after the other on each of many connections, through a pooler, and to Redis. */
class Requests {
  readonly #stop = new AbortController();
  readonly #working: Promise<unknown>[] = [];
  readonly #ends: (() => Promise<unknown>)[] = [];

  constructor(user: string, password: string, cachePassword: string, { port }: Pooler) {
    const pool = new pg.Pool({
      ...{ host: '127.0.0.1', port, user, password, database: 'chatstack', max: 12 },
      idleTimeoutMillis: 20,
      maxUses: 30,
    });
    pool.on('error', () => undefined);
    const cache = new Redis({ host: '127.0.0.1', port: lab.ports.redis, password: cachePassword });
    cache.on('error', () => undefined);
    const send = async () => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('INSERT INTO sent (by) VALUES (session_user)');
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    };
    for (let each = 0; each < 12; each += 1) this.#working.push(this.#repeat(send));
    this.#working.push(this.#repeat(() => cache.incr('requests')));
    this.#ends.push(
      () => pool.end(),
      () => cache.quit(),
    );
  }

  async #repeat(work: () => Promise<unknown>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      seen.requests += 1;
      await work().catch((error: Error) => seen.failures.push(error.message));
    }
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#working);
    await Promise.all(this.#ends.map((end) => end()));
  }
}

const target = (port: number, ...passwords: (string | undefined)[]) => ({
  ...{ host: '127.0.0.1', port, timeoutMilliseconds: 5000 },
  passwords: passwords.map((each) => each ?? ''),
});
const asSuperuser = (sql: string, password = others.postgres) => lab.ask(lab.ports.postgres, 'postgres', password, sql);
const formerClients = (pooler: Pooler) =>
  new Requests('chatstack', before.SERVICE_PASSWORD ?? '', before.REDIS_PASSWORD ?? '', pooler);
const newClients = (pooler: Pooler) => new Requests('chatstack_b', others.service, others.redis, pooler);

/** Resolves after so many further requests. */
const pass = async (requests: number) => {
  const until = seen.requests + requests;
  while (seen.requests < until) await new Promise((resolve) => setImmediate(resolve));
};

const serverConnections = async (): Promise<number> => {
  const [row] = await asSuperuser(
    "SELECT count(*)::int FROM pg_stat_activity WHERE usename ~ '^(chatstack|pgbouncer_auth)(_b)?$'",
  );
  return Number(row?.count);
};

beforeAll(async () => {
  lab = await openRotationLab();
  [postgres, redis] = await Promise.all([lab.startPostgres(before), lab.startRedis(before)]);
  poolers = [await lab.startPooler(before), await lab.startPooler(before)];
  await lab.ask(
    lab.ports.postgres,
    ...(['chatstack', before.SERVICE_PASSWORD ?? ''] as const),
    'CREATE TABLE sent (id bigint GENERATED ALWAYS AS IDENTITY, by text NOT NULL)',
  );
}, 90_000);
afterAll(() => lab?.close());

test('requests go on through a rotation, and the former passwords are refused afterwards', async () => {
  const [one, two] = poolers as [Pooler, Pooler];
  const former = [formerClients(one), formerClients(two)];
  await pass(500);

  const superuser = target(lab.ports.postgres, before.POSTGRES_PASSWORD, others.postgres);
  const { service, pgbouncer } = others;
  const allow = { chatstack_b: service, pgbouncer_auth_b: pgbouncer, postgres: others.postgres };
  expect(await changePostgresLogins(superuser, { allow })).toEqual({ kind: 'done' });
  // An operator that was killed in between does it once more.
  expect(await changePostgresLogins(superuser, { allow })).toEqual({ kind: 'done' });
  const cache = target(lab.ports.redis, before.REDIS_PASSWORD, others.redis);
  expect(await setRedisPasswords(cache, cache.passwords)).toEqual({ kind: 'done' });

  // Clients of both kinds at poolers of both kinds: the pools of both logins together are no larger than one.
  const third = await lab.startPooler(both);
  const mixed = [newClients(one), newClients(third), formerClients(third)];
  await pass(1500);
  const { size, reserve } = lab.plan.pool;
  const lookup = 1;
  expect(await serverConnections()).toBeLessThanOrEqual(3 * (size + reserve + lookup));
  const pools = await lab.ask(third.port, 'chatstack_admin', 'admin-2', 'SHOW POOLS', 'pgbouncer');
  expect(
    pools
      .filter(({ database }) => database === 'chatstack')
      .map(({ user }) => user)
      .toSorted(),
  ).toEqual(['chatstack', 'chatstack_b', 'pgbouncer_auth_b']);

  await Promise.all([...former, ...mixed].map((each) => each.end()));
  expect(seen.failures).toEqual([]);
  await Promise.all(poolers.map(({ process }) => process.stop('SIGINT')));
  poolers = [third];
  const left = newClients(third);
  await pass(500);

  const [nobody, here] = [[], ['127.0.0.1']];
  const deny = { chatstack: nobody, pgbouncer_auth: nobody };
  const present = target(lab.ports.postgres, others.postgres);
  // Somebody who got a former password nevertheless is not locked out.
  const late = await lab.startPooler(before);
  await lab.ask(late.port, 'chatstack', before.SERVICE_PASSWORD ?? '', 'SELECT 1');
  expect(await changePostgresLogins(present, { deny: { ...deny, pgbouncer_auth: here } })).toEqual({
    kind: 'unreachable',
    reason: expect.stringContaining('found some at 127.0.0.1'),
  });
  await late.process.stop('SIGINT');
  // A pooler's idle connection in the name of a former client, who left: it holds up nothing.
  const idle = new pg.Client({
    ...{ host: '127.0.0.1', port: lab.ports.postgres, database: 'chatstack' },
    ...{ user: 'chatstack', password: before.SERVICE_PASSWORD ?? '' },
  });
  const ended = new Promise<Error>((resolve) => idle.on('error', resolve));
  await idle.connect();
  expect(await changePostgresLogins(present, { deny: { ...deny, pgbouncer_auth: here } })).toEqual({ kind: 'done' });
  expect((await ended).message).toContain('terminat');
  expect(await setRedisPasswords(target(lab.ports.redis, others.redis), [others.redis])).toEqual({ kind: 'done' });
  await pass(500);
  await left.end();
  expect(seen.failures).toEqual([]);

  const formerly = before.SERVICE_PASSWORD ?? '';
  await expect(lab.ask(lab.ports.postgres, 'chatstack', formerly, 'SELECT 1')).rejects.toThrow(/authentication failed/);
  await expect(lab.ask(third.port, 'chatstack', formerly, 'SELECT 1')).rejects.toThrow(/no such user|authentication/);
  await expect(asSuperuser('SELECT 1', before.POSTGRES_PASSWORD)).rejects.toThrow(/authentication failed/);
  expect(await setRedisPasswords(target(lab.ports.redis, before.REDIS_PASSWORD), ['x'])).toMatchObject({
    kind: 'refused',
  });
  expect(await changePostgresLogins(target(lab.ports.postgres, 'wrong'), { deny })).toMatchObject({
    kind: 'refused',
  });

  const rows = await asSuperuser(
    "SELECT tableowner, (SELECT count(DISTINCT by)::int FROM sent) AS logins FROM pg_tables WHERE tablename = 'sent'",
  );
  expect(rows).toEqual([{ tableowner: 'chatstack', logins: 2 }]);
}, 90_000);

test('servers that start again, in the middle of it or afterwards, take exactly what is valid then', async () => {
  await postgres.kill();
  await redis.kill();
  [postgres, redis] = await Promise.all([lab.startPostgres(after), lab.startRedis(both)]);
  expect(await asSuperuser("SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname !~ '^pg_' ORDER BY 1")).toEqual([
    { rolname: 'chatstack_b' },
    { rolname: 'pgbouncer_auth_b' },
    { rolname: 'postgres' },
  ]);
  expect(await lab.ask(poolers[0]?.port ?? 0, 'chatstack_b', others.service, 'SELECT current_user')).toEqual([
    { current_user: 'chatstack' },
  ]);
  const accepts = (password: string | undefined) =>
    setRedisPasswords(target(lab.ports.redis, password), [others.redis, before.REDIS_PASSWORD ?? '']);
  expect(await accepts(before.REDIS_PASSWORD)).toEqual({ kind: 'done' });
  expect(await accepts(others.redis)).toEqual({ kind: 'done' });
}, 60_000);
