import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createFolder, giveFolder, reachableFolder, unprivilegedAccount } from '@chatstack/test/engines/account.ts';
import { type EngineProcess, startEngine } from '@chatstack/test/engines/engine-process.ts';
import { findFreePort } from '@chatstack/test/engines/free-port.ts';
import { findPostgres, requireProgram } from '@chatstack/test/engines/programs.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type ChatStackSpecInput, parseChatStackSpec } from '../api/chat-stack.ts';
import { defaultImages } from '../plan/images.ts';
import { localPlacement, standardPorts } from '../plan/placement.ts';
import { planStack } from '../plan/plan-stack.ts';
import type { Files, StackPlan } from '../plan/stack-plan.ts';
import { buildPgbouncerDrain } from './pgbouncer-drain.ts';
import { restartOnlySettings } from './pgbouncer-settings.ts';

const passwords = {
  POSTGRES_PASSWORD: 'superuser-password',
  SERVICE_PASSWORD: 'service-password',
  PGBOUNCER_PASSWORD: 'pgbouncer-password',
  PGBOUNCER_ADMIN_PASSWORD: 'admin-password',
  REDIS_PASSWORD: 'redis-password',
};

const account = unprivilegedAccount();
const folder = createFolder('chatstack-files', account);
const { folder: installed, version } = findPostgres();
const binaries = join(reachableFolder(installed, `chatstack-postgres-${version}`, account), 'bin');
const pgbouncerProgram = requireProgram('pgbouncer');
const redisProgram = requireProgram('redis-server');
const path = [binaries, dirname(pgbouncerProgram), dirname(redisProgram), process.env.PATH].join(':');
const pgbouncerVersion =
  /PgBouncer (\d+\.\d+)/.exec(execFileSync(pgbouncerProgram, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';

const ports: Record<keyof typeof standardPorts, number> = { ...standardPorts };
const running: EngineProcess[] = [];

const planHere = (input: ChatStackSpecInput): StackPlan => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const placement = localPlacement({ folder, ports, pgbouncerVersion, redisInstalled: true });
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
};

const place = (program: 'postgres' | 'pgbouncer' | 'redis', files: Files): string => {
  const config = join(folder, program, 'config');
  for (const each of [config, join(folder, program, 'run')]) mkdirSync(each, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text);
  giveFolder(join(folder, program), account);
  return config;
};

const start = async (program: 'postgres' | 'pgbouncer' | 'redis', files: Files, ready: RegExp, script = 'start.sh') => {
  const config = place(program, files);
  const env = { PATH: path, PGUSER: 'chatstack', PGPASSWORD: passwords.SERVICE_PASSWORD, ...passwords };
  const engine = await startEngine({ program: 'sh', args: [join(config, script)], ready, account, env });
  running.push(engine);
  return engine;
};

const startPostgres = (plan: StackPlan) =>
  start('postgres', plan.postgres.mode === 'Managed' ? plan.postgres.files : {}, /ready to accept connections/);
const startPgbouncer = (files: Files, script?: string) => start('pgbouncer', files, /process up/, script);

const connect = async (port: number, user: string, password: string, database = 'chatstack') => {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database, connectionTimeoutMillis: 7000 });
  client.on('error', () => undefined); // a cut connection shows in the query that follows
  await client.connect();
  return client;
};
const asService = () => connect(ports.pgbouncer, 'chatstack', passwords.SERVICE_PASSWORD);
const asAdmin = () => connect(ports.pgbouncer, 'chatstack_admin', passwords.PGBOUNCER_ADMIN_PASSWORD, 'pgbouncer');
const asSuperuser = () => connect(ports.postgres, 'postgres', passwords.POSTGRES_PASSWORD);

const ask = async (connecting: Promise<pg.Client>, sql: string) => {
  const client = await connecting;
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const readConfig = async () => new Map((await ask(asAdmin(), 'SHOW CONFIG')).map((row) => [row.key, row]));
const sameNumber = (left: string, right: string) => left === right || (left !== '' && Number(left) === Number(right));
const differing = async ({ pgbouncer }: StackPlan) => {
  const config = await readConfig();
  return Object.entries(pgbouncer.reloadSettings).filter(
    ([name, value]) => !sameNumber(value, config.get(name)?.value ?? 'unknown'),
  );
};

beforeAll(async () => {
  for (const program of ['postgres', 'pgbouncer', 'redis'] as const) ports[program] = await findFreePort();
});
afterAll(async () => {
  await Promise.all(running.map((engine) => engine.kill()));
  rmSync(folder, { recursive: true, force: true });
});

describe('On the files of a plan', () => {
  let plan: StackPlan;
  let postgres: EngineProcess;
  let pooler: EngineProcess;

  beforeAll(async () => {
    plan = planHere({ postgres: { parameters: { log_line_prefix: "it's %m " } } });
    postgres = await startPostgres(plan);
    pooler = await startPgbouncer(plan.pgbouncer.files);
  });

  test('Postgres has every parameter of the plan in force', async () => {
    if (plan.postgres.mode === 'External') throw new Error('expected a managed Postgres');
    expect(
      await ask(asSuperuser(), 'SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL OR NOT applied'),
    ).toEqual([]);
    const shown = await ask(asSuperuser(), 'SELECT name, current_setting(name) AS value FROM pg_settings');
    const values = new Map(shown.map(({ name, value }) => [name.toLowerCase(), value]));
    const inForce = Object.keys(plan.postgres.parameters).map((name) => [name, values.get(name)]);
    // Sizes are shown in the largest unit that fits (1024MB as 1GB), so they are compared by what Postgres itself reads.
    expect(inForce.filter(([, value]) => value === undefined)).toEqual([]);
    expect(values.get('shared_buffers')).toBe(plan.postgres.parameters.shared_buffers);
    expect(values.get('log_line_prefix')).toBe("it's %m ");
  });

  test('Postgres tells which statement was slow or failed, and none of its values', async () => {
    const client = await asService();
    await client.query('SELECT pg_sleep(1.1), $1::text', ['what Ann wrote']);
    const told = postgres.awaitLine(/STATEMENT: .*length/);
    await expect(client.query('SELECT 1 / (length($1) - 14)', ['what Bob wrote'])).rejects.toThrow('division by zero');
    await told;
    await client.end();
    expect(postgres.log()).toMatch(/duration: .*SELECT pg_sleep/);
    expect(postgres.log()).not.toMatch(/what \w+ wrote/);
  });

  test('PgBouncer starts without a warning and has every setting of the plan in force', async () => {
    expect(pooler.log()).not.toMatch(/WARNING|ERROR|unrecogni/i);
    expect(await differing(plan)).toEqual([]);
  });

  test('PgBouncer says of each setting what we know of it: whether RELOAD brings it into force', async () => {
    const config = await readConfig();
    const changeable = (name: string) => config.get(name)?.changeable;
    expect(Object.keys(plan.pgbouncer.reloadSettings).filter((name) => changeable(name) !== 'yes')).toEqual([]);
    expect(restartOnlySettings.filter((name) => changeable(name) === 'yes')).toEqual([]);
  });

  test('a login is looked up in Postgres, and a wrong password is refused', async () => {
    expect(await ask(asService(), 'SELECT current_user')).toEqual([{ current_user: 'chatstack' }]);
    await expect(connect(ports.pgbouncer, 'chatstack', 'wrong')).rejects.toThrow(/auth|password/i);
  });

  test('the console does not let the service in', async () => {
    // Before 1.19 PgBouncer leaves such a login unanswered instead of refusing it.
    const console = () => connect(ports.pgbouncer, 'chatstack', passwords.SERVICE_PASSWORD, 'pgbouncer');
    await expect(console().then((client) => client.query('SHOW POOLS'))).rejects.toThrow();
  });

  test('a crowd of clients takes no more connections to Postgres than the budget has for one pooler', async () => {
    const crowd = await Promise.all(Array.from({ length: 60 }, asService));
    const queries = crowd.map((client) => client.query('SELECT pg_sleep(1.5)'));
    const counts = async () =>
      ask(asSuperuser(), "SELECT usename, count(*)::int FROM pg_stat_activity WHERE usename <> 'postgres' GROUP BY 1");
    await Promise.race(queries);
    const byUser = new Map((await counts()).map(({ usename, count }) => [usename, count]));
    expect(byUser.get('chatstack')).toBeGreaterThanOrEqual(plan.pool.size);
    expect(byUser.get('chatstack')).toBeLessThanOrEqual(plan.pool.size + plan.pool.reserve);
    expect(byUser.get('pgbouncer_auth') ?? 0).toBeLessThanOrEqual(1);
    await Promise.allSettled(queries);
    await Promise.all(crowd.map((client) => client.end()));
  });

  test('another pool size reaches the same process by RELOAD', async () => {
    const larger = planHere({ pgbouncer: { poolSize: 22, minPoolSize: 3, reservePoolSize: 1 } });
    expect(larger.pgbouncer.restartHash).toBe(plan.pgbouncer.restartHash);
    place('pgbouncer', larger.pgbouncer.files);
    expect(await differing(larger)).not.toEqual([]);
    await ask(asAdmin(), 'RELOAD');
    expect(await differing(larger)).toEqual([]);
  });

  test('with Postgres away a query fails within seconds, and works again once it is back', async () => {
    const client = await asService();
    await postgres.stop('SIGINT');
    const before = Date.now();
    // query_wait_timeout is 5 s, PgBouncer's own would be 120 s.
    await expect(client.query('SELECT 1').then(() => client.query('SELECT 1'))).rejects.toThrow();
    expect(Date.now() - before).toBeLessThan(30_000);
    postgres = await startPostgres(plan);
    const back = Date.now();
    const recovered = async (): Promise<unknown> =>
      ask(asService(), 'SELECT 1 AS one').catch((error) =>
        Date.now() - back > 60_000 ? Promise.reject(error) : recovered(),
      );
    expect(await recovered()).toEqual([{ one: 1 }]);
    expect(Date.now() - back).toBeLessThan(12_000); // server_login_retry is 1 s, PgBouncer's own would be 15 s
    await client.end().catch(() => undefined); // it may have been cut off with its server
  });

  test('a stopped pod lets the transactions under way end and takes no new clients', async () => {
    await pooler.stop('SIGINT');
    const { 'start.sh': startScript = '' } = plan.pgbouncer.files;
    const startFile = join(folder, 'pgbouncer', 'config', 'start.sh');
    const files = {
      ...plan.pgbouncer.files,
      'start.sh': startScript,
      'drain.sh': buildPgbouncerDrain({ startFile, announceSeconds: 1 }),
    };
    pooler = await startPgbouncer(files, 'drain.sh');
    const [busy, idle] = [await asService(), await asService()];
    await busy.query('BEGIN');
    const stopped = pooler.stop('SIGTERM');
    expect((await idle.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pooler.awaitLine(/SIGINT/);
    await expect(asService()).rejects.toThrow();
    await busy.query('SELECT 1');
    await busy.query('COMMIT');
    await stopped;
    await Promise.allSettled([busy.end(), idle.end()]);
  });

  test('a pooler in front of an external server knows its one user', async () => {
    const server = { host: '127.0.0.1', port: ports.postgres, database: 'chatstack', secretRef: { name: 'database' } };
    const outside = planHere({ postgres: { mode: 'External', external: server } });
    pooler = await startPgbouncer(outside.pgbouncer.files);
    expect(pooler.log()).not.toMatch(/WARNING|ERROR/);
    expect(await ask(asService(), 'SELECT current_user')).toEqual([{ current_user: 'chatstack' }]);
    expect(await differing(outside)).toEqual([]);
    await pooler.stop('SIGINT');
  });

  test('Redis keeps to its memory, writes nothing to disk and asks for the password', async () => {
    await start('redis', plan.redis.files, /Ready to accept connections/);
    const client = requireProgram('redis-cli');
    const call = (password: string, ...args: string[]) =>
      execFileSync(client, ['-p', String(ports.redis), ...args], {
        encoding: 'utf8',
        env: { PATH: path, REDISCLI_AUTH: password },
        stdio: 'pipe',
      }).trim();
    expect(call('', 'ping')).toContain('NOAUTH');
    const setting = (name: string) => call(passwords.REDIS_PASSWORD, 'config', 'get', name).split('\n')[1] ?? '';
    expect(setting('maxmemory')).toBe(String(128 * 1024 ** 2));
    expect(setting('maxmemory-policy')).toBe('allkeys-lru');
    expect([setting('save'), setting('appendonly')]).toEqual(['', 'no']);
  });
});
