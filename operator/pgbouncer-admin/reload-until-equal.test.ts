import { createServer, type Server } from 'node:net';
import {
  buildTestIni,
  type PgbouncerEngine,
  type PgbouncerOptions,
  startPgbouncer,
} from '@chatstack/test/engines/pgbouncer.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AdminConsoleTarget, withAdminConsole } from './admin-console.ts';
import { reloadUntilEqual } from './reload-until-equal.ts';

const admin = { user: 'chatstack_admin', password: 'p"a ss\'word' };

const optionsWith = (poolSize: number): PgbouncerOptions => ({
  admin,
  users: { chatstack: 'secret' },
  databases: { chatstack: 'host=127.0.0.1 port=1 dbname=chatstack' },
  settings: { default_pool_size: poolSize, server_idle_timeout: 600 },
});

describe('the admin console of a running PgBouncer', () => {
  let pooler: PgbouncerEngine;
  let target: AdminConsoleTarget;

  beforeAll(async () => {
    pooler = await startPgbouncer({ ...optionsWith(20), userlist: userlist(admin) });
    target = { host: pooler.host, port: pooler.port, ...admin, timeoutMilliseconds: 20_000 };
  });
  afterAll(() => pooler.stop());

  test('settings as planned are equal without a RELOAD', async () => {
    const outcome = await reloadUntilEqual(target, {
      default_pool_size: '20',
      pool_mode: 'transaction',
      server_idle_timeout: '600',
    });
    expect(outcome).toEqual({ kind: 'equal', reloaded: false });
  });

  test('while the file is the former one, what differs is told', async () => {
    expect(await reloadUntilEqual(target, { default_pool_size: '30' })).toEqual({
      kind: 'different',
      differences: [{ name: 'default_pool_size', expected: '30', found: '20' }],
    });
  });

  test('a changed file is brought into force in the same process', async () => {
    const before = pooler.pid;
    await pooler.reload(buildTestIni(pooler, optionsWith(40), admin.user));
    expect(await reloadUntilEqual(target, { default_pool_size: '40' })).toMatchObject({ kind: 'equal' });
    expect(pooler.pid).toBe(before);
  });

  test('databases are shown with their settings', async () => {
    const databases = await withAdminConsole(target, (console) => console.showDatabases());
    expect(databases.get('chatstack')?.get('port')).toBe('1');
  });

  test('a wrong password is told, not thrown', async () => {
    expect(await reloadUntilEqual({ ...target, password: 'wrong' }, {})).toMatchObject({ kind: 'unreachable' });
  });

  test('a user who is no administrator is refused', async () => {
    expect(await reloadUntilEqual({ ...target, user: 'chatstack', password: 'secret' }, {})).toMatchObject({
      kind: 'unreachable',
    });
  });

  test('a pooler that was stopped in its tracks is given up after the bound', async () => {
    pooler.suspend();
    const outcome = await reloadUntilEqual({ ...target, timeoutMilliseconds: 300 }, {});
    pooler.resume();
    // It would wait for ever without the bound, and answer `equal` after the pooler goes on.
    expect(outcome).toMatchObject({ kind: 'unreachable' });
  });
});

describe('something else at the address of a pooler', () => {
  let server: Server;
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        server = createServer((socket) =>
          socket
            .on('error', () => socket.destroy())
            .resume()
            .end('HTTP/1.1 400\r\n\r\n'),
        );
        server.listen(0, '127.0.0.1', resolve);
      }),
  );
  afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

  test('an answer in another protocol is unreachable', async () => {
    const { port } = server.address() as { port: number };
    const outcome = await reloadUntilEqual({ host: '127.0.0.1', port, ...admin, timeoutMilliseconds: 500 }, {});
    expect(outcome).toMatchObject({ kind: 'unreachable' });
  });

  test('nobody at all is unreachable', async () => {
    const outcome = await reloadUntilEqual({ host: '127.0.0.1', port: 1, ...admin, timeoutMilliseconds: 500 }, {});
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('ECONNREFUSED') });
  });
});

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function userlist({ user, password }: { user: string; password: string }): string {
  return [
    [user, password],
    ['chatstack', 'secret'],
  ]
    .map((pair) => pair.map((each) => quoted(each ?? '')).join(' '))
    .join('\n');
}
