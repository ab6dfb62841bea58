import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from '@chatstack/test/engines/free-port.ts';
import { makeFolder, passwords, removeFolders, start } from '@chatstack/test/engines/run-script.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildStartPgbouncer } from './start-pgbouncer.ts';
import { buildStartRedis } from './start-redis.ts';

afterAll(removeFolders);

describe('the start scripts of PgBouncer and Redis', () => {
  test('PgBouncer takes the admin user and a listed user with any password', async () => {
    const port = await findFreePort();
    const folder = makeFolder({
      'pgbouncer.ini': `[databases]\nchatstack = host=127.0.0.1 port=1\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
auth_type = scram-sha-256\nauth_file = VOLUME/userlist.txt\nadmin_users = chatstack_admin\nunix_socket_dir =\n`,
    });
    const iniFile = join(folder, 'pgbouncer.ini');
    writeFileSync(iniFile, readFileSync(iniFile, 'utf8').replace('VOLUME', join(folder, 'volume')));
    const userlistFile = join(folder, 'volume/userlist.txt');
    const listed = { PGUSER: 'some "one"', PGPASSWORD: passwords.SERVICE_PASSWORD };
    const loginFile = join(folder, 'volume/login.ini');
    for (const [logins, env] of [
      [{ loginFile }, passwords],
      [{}, { ...passwords, ...listed }],
    ] as const) {
      const running = start(buildStartPgbouncer({ iniFile, userlistFile, ...logins }), env);
      await running.saw('process up');
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port, database: 'pgbouncer', user: 'chatstack_admin' },
        password: passwords.PGBOUNCER_ADMIN_PASSWORD,
      });
      await client.connect();
      const { rows } = await client.query<{ name: string }>('SHOW USERS');
      expect(rows.map((row) => row.name)).toContain('loginFile' in logins ? 'pgbouncer_auth' : listed.PGUSER);
      await client.end();
      await running.stop('SIGINT');
    }
  });

  test('Redis asks for the password, which no argument shows', async () => {
    const port = await findFreePort();
    const folder = makeFolder({ 'redis.conf': `port ${port}\nbind 127.0.0.1\nsave ""\n` });
    const running = start(
      buildStartRedis({
        configFile: join(folder, 'redis.conf'),
        secretFile: join(folder, 'volume/secret.conf'),
        localFile: join(folder, 'volume/local'),
      }),
      { ...passwords, OTHER_REDIS_PASSWORD: 'other' },
    );
    await running.saw('Ready to accept connections');
    const tell = (commands: readonly (readonly string[])[]) =>
      new Promise<string[]>((resolve) => {
        let text = '';
        const socket = createConnection(port, '127.0.0.1').on('data', (chunk) => {
          text += chunk.toString();
          const lines = text.split('\r\n');
          if (lines.length > commands.length) socket.end(() => resolve(lines.slice(0, -1)));
        });
        for (const words of commands)
          socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
      });
    expect(await tell([['PING'], ['AUTH', passwords.REDIS_PASSWORD], ['PING']])).toEqual([
      expect.stringContaining('NOAUTH'),
      '+OK',
      '+PONG',
    ]);
    expect(
      await tell([
        ['AUTH', 'other'],
        ['SET', 'key', 'value'],
      ]),
    ).toEqual(['+OK', '+OK']);
    const local = readFileSync(join(folder, 'volume/local'), 'utf8');
    expect(await tell([['AUTH', 'chatstack_local', local], ['PING'], ['SET', 'key', 'value']])).toEqual([
      '+OK',
      '+PONG',
      expect.stringContaining('NOPERM'),
    ]);
    await running.stop('SIGTERM');
  });

  test('without its program, a script names the program and the PATH it looked in', async () => {
    const script = buildStartRedis({ configFile: '/nowhere', secretFile: '/nowhere', localFile: '/nowhere' });
    const { code, output } = await start(`PATH=/nowhere\n${script}`, passwords).ended;
    expect(code).toBe(1);
    expect(output).toContain('expected the program redis-server or valkey-server on PATH (/nowhere)');
  });
});
