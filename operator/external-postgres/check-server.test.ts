import { createServer, type Server } from 'node:net';
import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkServer } from './check-server.ts';
import { judgeServer } from './server-question.ts';
import type { ServerTarget } from './server-target.ts';

describe('the check of an external Postgres', () => {
  let postgres: PostgresEngine;
  let usable: ServerTarget;

  beforeAll(async () => {
    postgres = await startPostgres({ settings: { max_connections: 37, superuser_reserved_connections: 4 } });
    await postgres.query("CREATE ROLE chat LOGIN PASSWORD 'p''a\\ss'");
    await postgres.query("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    await postgres.query('CREATE DATABASE chat OWNER chat');
    await postgres.query('CREATE DATABASE narrow OWNER chat CONNECTION LIMIT 20');
    await postgres.query('CREATE DATABASE closed OWNER chat');
    await postgres.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
    usable = {
      host: '127.0.0.1',
      port: postgres.port,
      database: 'chat',
      user: 'chat',
      password: "p'a\\ss",
      tls: { mode: 'Prefer' },
      timeoutMilliseconds: 20_000,
    };
  });
  afterAll(() => postgres?.stop());

  test('finds a server usable and reads from it how many connections it takes', async () => {
    expect(await checkServer(usable)).toEqual({
      kind: 'usable',
      facts: { version: expect.stringMatching(/^\d+(\.\d+)?/), maxConnections: 37, reservedConnections: 4 },
    });
  });

  test('counts on no more than the database or the role may have', async () => {
    expect(await checkServer({ ...usable, database: 'narrow' })).toMatchObject({
      kind: 'usable',
      facts: { maxConnections: 20, reservedConnections: 0 },
    });
  });

  test.each<[string, Partial<ServerTarget>, string, RegExp]>([
    [
      'a name that nobody has',
      { host: 'nowhere.invalid' },
      'ServerNameUnknown',
      /nowhere\.invalid does not.*Correct it/,
    ],
    ['a port where nobody listens', { port: 1 }, 'ServerUnreachable', /127\.0\.0\.1:1, found none \(ECONNREFUSED\)/],
    ['a wrong password', { password: 'wrong' }, 'ServerLoginRefused', /password authentication failed.*Secret/],
    ['a role that is not there', { user: 'nobody' }, 'ServerLoginRefused', /let nobody in/],
    [
      'a database that is not there',
      { database: 'nothing' },
      'ServerDatabaseMissing',
      /a database nothing.*CREATE DATABASE/,
    ],
    [
      'a role that may not connect',
      { user: 'guest', password: 'guest', database: 'closed' },
      'ServerRightsMissing',
      /connect/,
    ],
    [
      'a role that owns nothing',
      { user: 'guest', password: 'guest' },
      'ServerRightsMissing',
      /found that chat does.*OWNER TO "guest"/,
    ],
    [
      'TLS where the server has none',
      { tls: { mode: 'Require' } },
      'ServerTlsFailed',
      /tls\.mode Require.*does not support SSL/,
    ],
  ])('tells of %s', async (_, other, reason, message) => {
    const check = await checkServer({ ...usable, ...other });
    expect(check).toEqual({ kind: 'unusable', reason, message: expect.stringMatching(message) });
  });

  test('tells of a server whose connections are all taken', async () => {
    await postgres.query('ALTER ROLE guest CONNECTION LIMIT 0');
    await postgres.query('ALTER DATABASE narrow CONNECTION LIMIT 0');
    expect(await checkServer({ ...usable, database: 'narrow' })).toMatchObject({ reason: 'ServerFull' });
  });

  test('gives up on a server that was stopped in its tracks', async () => {
    postgres.suspend();
    const check = await checkServer({ ...usable, timeoutMilliseconds: 300 });
    postgres.resume();
    expect(check).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(/^Server(Unusable|Unreachable)$/) });
  });
});

describe('something else at the address', () => {
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

  test('is told as no Postgres', async () => {
    const { port } = server.address() as { port: number };
    const target = { host: '127.0.0.1', port, database: 'd', user: 'u', password: 'p', timeoutMilliseconds: 1000 };
    expect(await checkServer({ ...target, tls: { mode: 'Disable' } })).toMatchObject({ kind: 'unusable' });
  });
});

describe('a server that lets the stack in', () => {
  const target = {
    host: 'db',
    port: 5432,
    database: 'chat',
    user: 'chat',
    password: '',
    tls: { mode: 'Disable' },
    timeoutMilliseconds: 1,
  } as const;
  const row = {
    version: '16.4',
    version_number: 160_004,
    max_connections: 100,
    reserved: 3,
    own_limit: null,
    is_standby: false,
    schema: 'public',
    may_create: true,
    owner: 'chat',
  };

  test.each([
    [
      'is too old before version 15',
      { version: '14.12', version_number: 140_012 },
      'ServerTooOld',
      /expected PostgreSQL 15 or newer, found 14\.12/,
    ],
    ['is of no use as a standby', { is_standby: true }, 'ServerReadOnly', /Name the primary/],
  ])('%s', (_, other, reason, message) => {
    expect(judgeServer(target, { ...row, ...other })).toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
  });
});
