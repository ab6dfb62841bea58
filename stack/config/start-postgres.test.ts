import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '@chatstack/test/engines/free-port.ts';
import { makeFolder, passwords, removeFolders, start } from '@chatstack/test/engines/run-script.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildStartPostgres } from './start-postgres.ts';

afterAll(removeFolders);

const postgresFolder = async (monitored = false): Promise<{ folder: string; port: number; script: string }> => {
  const port = await findFreePort();
  const folder = makeFolder({
    'postgresql.conf': `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\nfsync = off\n${monitored ? "shared_preload_libraries = 'pg_stat_statements'\n" : ''}`,
    'pg_hba.conf': 'host all all 127.0.0.1/32 scram-sha-256\n',
  });
  const script = buildStartPostgres({
    dataFolder: join(folder, 'volume/data'),
    configFile: join(folder, 'postgresql.conf'),
    hbaFile: join(folder, 'pg_hba.conf'),
    monitored,
  });
  return { folder, port, script };
};
const ready = 'ready to accept connections';
const ask = async (port: number, user: string, password: string, sql: string): Promise<unknown[][]> => {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'chatstack' });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
};

describe('the start script of Postgres', () => {
  test('makes the cluster, roles and database once and keeps the salts of passwords afterwards', async () => {
    const { port, script } = await postgresFolder();
    const admin = (sql: string) => ask(port, 'postgres', passwords.POSTGRES_PASSWORD, sql);
    const salts = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1";

    const first = start(script, passwords);
    await first.saw(ready);
    const before = await admin(salts);
    expect(before.map(([name]) => name)).toEqual([
      'chatstack',
      'chatstack_b',
      'chatstack_monitor',
      'pgbouncer_auth',
      'pgbouncer_auth_b',
      'postgres',
    ]);
    expect(await ask(port, 'chatstack', passwords.SERVICE_PASSWORD, 'CREATE TABLE kept ()')).toEqual([]);
    await first.stop('SIGKILL');

    // As after an upgrade: the mark is of passwords, from before there were revisions.
    const second = start(script, { ...passwords, CREDENTIALS_REVISION: 'first' });
    await second.saw(ready);
    expect(await admin(salts)).toEqual(before);
    expect(await admin("SELECT count(*)::int FROM pg_class WHERE relname = 'kept'")).toEqual([[1]]);
    await second.stop('SIGINT');
    expect((await second.ended).output).not.toContain('setting roles');

    const third = start(script, { ...passwords, SERVICE_PASSWORD: 'changed' });
    await third.saw(ready);
    expect(await ask(port, 'chatstack', 'changed', 'SELECT 1')).toEqual([[1]]);
    await third.stop('SIGINT');
    expect((await third.ended).code).toBe(0);
  });

  test('leaves logins as a rotation has made them, and sets them by the Secret for another revision alone', async () => {
    const { port, script } = await postgresFolder();
    const started = { ...passwords, CREDENTIALS_REVISION: 'first' };
    const first = start(script, started);
    await first.saw(ready);
    const admin = (sql: string) => ask(port, 'postgres', passwords.POSTGRES_PASSWORD, sql);
    const logins = "SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1";
    await admin("ALTER ROLE chatstack_b LOGIN PASSWORD 'turn'");
    await admin('ALTER ROLE chatstack NOLOGIN PASSWORD NULL');
    const before = await admin(logins);
    await first.stop('SIGKILL');

    const rotated = { ...started, SERVICE_USER: 'chatstack_b', SERVICE_PASSWORD: 'turn', PGBOUNCER_PASSWORD: 'other' };
    const second = start(script, rotated);
    await second.saw(ready);
    expect(await admin(logins)).toEqual(before);
    await second.stop('SIGINT');

    const third = start(script, {
      ...rotated,
      SERVICE_PASSWORD: 'by hand',
      OTHER_SERVICE_PASSWORD: 'still good',
      CREDENTIALS_REVISION: 'second',
    });
    await third.saw(ready);
    expect(await ask(port, 'chatstack_b', 'by hand', 'SELECT current_user')).toEqual([['chatstack']]);
    expect(await ask(port, 'chatstack', 'still good', 'SELECT 1')).toEqual([[1]]);
    expect(await ask(port, 'chatstack_b', 'by hand', 'CREATE TABLE made ()')).toEqual([]);
    expect(await admin("SELECT tableowner FROM pg_tables WHERE tablename = 'made'")).toEqual([['chatstack']]);
    await expect(ask(port, 'pgbouncer_auth_b', 'other', 'SELECT 1')).rejects.toThrow(/password authentication/);
    await third.stop('SIGINT');
    expect((await start(script, { ...rotated, SERVICE_USER: 'ann' }).ended).output).toContain(
      'expected the variable SERVICE_USER to be chatstack or chatstack_b, found ann',
    );
  });

  test('lets only the lookup role read passwords, and never those of superusers or of roles that can not log in', async () => {
    const { port, script } = await postgresFolder();
    const running = start(script, passwords);
    await running.saw(ready);
    await ask(port, 'postgres', passwords.POSTGRES_PASSWORD, "CREATE ROLE sleeper NOLOGIN PASSWORD 'x'");
    const lookUp = (user: string, password: string, role: string) =>
      ask(port, user, password, `SELECT username FROM pgbouncer.get_auth('${role}')`);
    const asLookup = (role: string) => lookUp('pgbouncer_auth', passwords.PGBOUNCER_PASSWORD, role);
    expect(await asLookup('chatstack')).toEqual([['chatstack']]);
    expect(await asLookup('postgres')).toEqual([]);
    expect(await asLookup('sleeper')).toEqual([]);
    await expect(lookUp('chatstack', passwords.SERVICE_PASSWORD, 'chatstack')).rejects.toThrow('permission denied');
    await running.stop('SIGINT');
  });

  test('lets the exporter look at how Postgres is, by two connections, and at no message', async () => {
    const { port, script } = await postgresFolder(true);
    const running = start(script, { ...passwords, MONITOR_PASSWORD: 'watching' });
    await running.saw(ready);
    await ask(port, 'chatstack', passwords.SERVICE_PASSWORD, 'CREATE TABLE message ()');
    const watch = (sql: string) => ask(port, 'chatstack_monitor', 'watching', sql);
    const statements = "SELECT count(*)::int FROM pg_stat_statements WHERE query = 'CREATE TABLE message ()'";
    expect(await watch(statements)).toEqual([[1]]);
    await expect(watch('SELECT * FROM message')).rejects.toThrow('permission denied');
    await expect(Promise.all(Array.from({ length: 3 }, () => watch('SELECT pg_sleep(1)')))).rejects.toThrow(
      'too many connections for role',
    );
    await running.stop('SIGINT');
  });

  test('starts Postgres without the library of statements where an image lacks it, and says so', async () => {
    const { port, script } = await postgresFolder(true);
    const lacking = script.replaceAll('pg_stat_statements.*', 'pg_stat_statements_of_nobody.*');
    const running = start(lacking, { ...passwords, MONITOR_PASSWORD: 'watching' });
    await running.saw(ready);
    expect(await ask(port, 'postgres', passwords.POSTGRES_PASSWORD, 'SHOW shared_preload_libraries')).toEqual([['']]);
    await running.stop('SIGINT');
    expect((await running.ended).output).toContain('expected the library pg_stat_statements');
  });

  test('killed at any step, it finishes at the next start', async () => {
    const { port, script } = await postgresFolder();
    const steps = [
      'mv "$data.new" "$data"',
      'chmod 0700 "$data"',
      '  case $exists in',
      '  printf \'%s\\n\\n\' "$schema"',
      '  echo "$wanted"',
      '  mv "$mark.new"',
    ];
    for (const step of steps) {
      expect(script.split(step)).toHaveLength(2);
      const killed = await start(
        script.replace(step, () => `kill -9 $$\n${step}`),
        passwords,
      ).ended;
      expect({ step, code: killed.code }).toEqual({ step, code: null });
    }
    const running = start(script, passwords);
    await running.saw(ready);
    expect(await ask(port, 'chatstack', passwords.SERVICE_PASSWORD, 'SELECT 1')).toEqual([[1]]);
    await running.stop('SIGINT');
  });

  test('takes over the lock file of a killed Postgres whose number another process has, but not of one that runs', async () => {
    const { folder, script } = await postgresFolder();
    const killed = start(script, passwords);
    await killed.saw(ready);
    const lock = join(folder, 'volume/data/postmaster.pid');
    const second = await start(script, { ...passwords }).ended;
    expect(second.code).toBe(1);
    expect(second.output).toContain('Is another postmaster');
    await killed.stop('SIGKILL');

    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(process.pid)));
    const running = start(script, passwords);
    await running.saw(ready);
    await running.stop('SIGINT');
  });

  test('refuses data of another major version, foreign files and passwords it can not keep, and says what to do', async () => {
    const { folder, script } = await postgresFolder();
    const refusal = async (env: Record<string, string>): Promise<string> => {
      const { code, output } = await start(script, env).ended;
      expect(code).toBe(1);
      return output;
    };
    expect(await refusal({ ...passwords, SERVICE_PASSWORD: '' })).toContain('set SERVICE_PASSWORD');
    expect(await refusal({ ...passwords, POSTGRES_PASSWORD: 'a\nb' })).toContain('POSTGRES_PASSWORD to hold one line');
    mkdirSync(join(folder, 'volume/data'));
    writeFileSync(join(folder, 'volume/data/holiday.jpg'), '');
    expect(await refusal(passwords)).toContain('found other files; move them away');
    writeFileSync(join(folder, 'volume/data/PG_VERSION'), '17\n');
    expect(await refusal(passwords)).toContain('found data of 17 in');
  });
});
