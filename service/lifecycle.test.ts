import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MIGRATIONS } from './data/migrations/migrations.ts';
import { createCaller } from './testing/caller.ts';
import { eventually } from './testing/eventually.ts';
import { startProgram } from './testing/program.ts';
import { type StackUnderTest, startStackUnderTest } from './testing/stack-under-test.ts';

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await startStackUnderTest();
});
afterAll(() => stack?.stop());

describe('a service that is asked to end', () => {
  test('withdraws its readiness, goes on serving for a while, finishes what is under way, and exits with 0', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_DELAY_SECONDS: '5' });
    const { port = 0, metricsPort } = await program.told('listening');
    await program.told('ready');
    const caller = createCaller(`http://127.0.0.1:${port}`);
    const id = await stack.createConversation(['user-1', 'user-2']);
    expect((await caller.read(id, 'user-1')).headers.connection).toBe('keep-alive');

    const body = JSON.stringify({ userId: 'user-1', content: 'last words' });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const path = `/api/v1/chat/conversations/${id}/messages`;
    const underWay = request({ host: '127.0.0.1', port, path, method: 'POST', headers });
    underWay.write(body.slice(0, 10));
    program.child.kill('SIGTERM');
    await program.told('draining');

    const ready = await caller.get('/health/ready');
    expect([ready.status, ready.headers.connection]).toEqual([503, 'close']);
    expect((await caller.get('/health/live')).status).toBe(200);
    expect((await caller.read(id, 'user-1')).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(200);

    await eventually('the server accepts no longer, while the send is under way still', async () => {
      const asked = createCaller(`http://127.0.0.1:${port}`).get('/health/live');
      return asked.then(
        () => false,
        (error: Error) => /ECONNREFUSED/.test(`${error} ${error.cause}`),
      );
    });
    underWay.end(body.slice(10));
    const [sent] = (await once(underWay, 'response')) as [IncomingMessage];
    expect([sent.statusCode, sent.headers.connection]).toEqual([201, 'close']);
    sent.resume();
    expect(await program.ended).toBe(0);
    expect(program.output()).not.toMatch(/broken off/);
  });

  test('breaks off what takes longer than SHUTDOWN_GRACE_SECONDS, says so, and still exits with 0', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_GRACE_SECONDS: '1' });
    const { port = 0 } = await program.told('listening');
    await program.told('ready');
    const caller = createCaller(`http://127.0.0.1:${port}`);
    // A request whose body never comes.
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '100' };
    const stuck = request(`http://127.0.0.1:${port}/api/v1/chat/conversations`, { method: 'POST', headers });
    const broken = once(stuck, 'error');
    stuck.flushHeaders();
    await once(stuck, 'socket');
    await caller.get('/health/live');
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
    expect(String(await broken)).toMatch(/hang up|ECONNRESET/);
    expect(program.output()).toMatch(/broken off/);
  });

  test('leaves an idle keep-alive connection at once', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment });
    const { port = 0 } = await program.told('listening');
    await createCaller(`http://127.0.0.1:${port}`).get('/health/live');
    const start = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(performance.now() - start).toBeLessThan(15_000); // SHUTDOWN_GRACE_SECONDS is 25, a connection is kept for 65 s
  });
});

describe('a service that is asked to end more than once, or early', () => {
  test('goes on with its drain at a second SIGTERM', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_DELAY_SECONDS: '5' });
    const { port = 0 } = await program.told('listening');
    await program.told('ready');
    program.child.kill('SIGTERM');
    await program.told('draining');
    program.child.kill('SIGTERM');
    await program.told('shutting down already');
    expect((await createCaller(`http://127.0.0.1:${port}`).read('conv-1', 'user-1')).status).toBe(200);
    expect(await program.ended).toBe(0);
    expect(program.output().match(/"draining"/g)).toHaveLength(1);
  });

  test('ends at once at a second SIGINT: somebody at a keyboard has no patience', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_DELAY_SECONDS: '60' });
    await program.told('listening');
    program.child.kill('SIGINT');
    await program.told('draining');
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(130);
  });

  test('ends without delay while it still starts, and nobody can have come', async () => {
    const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_DELAY_SECONDS: '60' });
    await program.told('starting');
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(program.output()).not.toContain('"ready"');
  });
});

describe('a service that makes a mistake', () => {
  /** Fails on SIGUSR2, in the way that is given as code. */
  const failing = (code: string) => ({
    ...stack.environment,
    SHUTDOWN_DELAY_SECONDS: '60',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2',()=>{${code}})`)}`,
  });

  test.each([
    [
      'an error that nobody caught',
      `setImmediate(()=>{throw new Error('redis://:s3'+'cret@cache')})`,
      'uncaughtException',
    ],
    ['a promise that nobody handled', `Promise.reject(new Error('redis://:s3'+'cret@cache'))`, 'unhandledRejection'],
  ])('tells it as fatal, finishes what is under way and exits with 1: %s', async (_what, code, origin) => {
    const program = startProgram('service/main.ts', failing(code));
    const { port = 0 } = await program.told('listening');
    await program.told('ready');
    const id = await stack.createConversation(['user-1', 'user-2']);
    const { Client } = (await import('pg')).default;
    const locker = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
    await locker.connect();
    await locker.query('begin');
    await locker.query('select from conversation where id = $1 for update', [id]);
    const underWay = createCaller(`http://127.0.0.1:${port}`).send(id, 'user-1', 'last words');
    await eventually('the send waits for the row', async () => {
      const [row] = await stack.query(`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'`);
      return row?.n === 1;
    });
    program.child.kill('SIGUSR2');
    expect(await program.told('a mistake of the program')).toMatchObject({
      level: 60,
      origin,
      err: { message: 'redis://(hidden)@cache' },
    });
    await locker.query('commit');
    expect((await underWay).status).toBe(201);
    await locker.end();
    expect(await program.ended).toBe(1);
    expect(program.output()).not.toContain('s3cret');
  });

  test('exits with 1 within its bounds where what is under way does not end', async () => {
    const program = startProgram('service/main.ts', failing('setImmediate(()=>{throw 1})'));
    const { port = 0 } = await program.told('listening');
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '100' };
    const stuck = request(`http://127.0.0.1:${port}/api/v1/chat/conversations`, { method: 'POST', headers });
    stuck.on('error', () => undefined);
    stuck.flushHeaders();
    await once(stuck, 'socket');
    await createCaller(`http://127.0.0.1:${port}`).get('/health/live');
    const start = performance.now();
    program.child.kill('SIGUSR2');
    expect(await program.ended).toBe(1);
    expect(performance.now() - start).toBeLessThan(20_000); // 5 s, in place of SHUTDOWN_GRACE_SECONDS
  });

  test('exits with 1 at once at a second one, and also where it was about to end well', async () => {
    const program = startProgram('service/main.ts', failing('setImmediate(()=>{throw new Error("again")})'));
    await program.told('listening');
    program.child.kill('SIGTERM');
    await program.told('draining');
    program.child.kill('SIGUSR2');
    await program.told('a mistake of the program');
    program.child.kill('SIGUSR2');
    expect(await program.ended).toBe(1);
  });
});

describe('a service that starts', () => {
  test('says once and loudly that it believes every userId, and never a secret', async () => {
    const secret = String(stack.environment.PGPASSWORD);
    const program = startProgram('service/main.ts', { ...stack.environment, LOG_LEVEL: 'trace' });
    const { port = 0 } = await program.told('listening');
    await program.told('ready');
    await createCaller(`http://127.0.0.1:${port}`).read('conv-1', 'user-1');
    program.child.kill('SIGTERM');
    await program.ended;
    expect(program.output().match(/DEVELOPMENT IDENTITY/g)).toHaveLength(1);
    expect(program.output()).not.toContain(secret);
  });

  test('in jwt mode has nothing to warn about, and never says its secret', async () => {
    const JWT_SECRET = 'a secret of at least 32 bytes for this test';
    const more = { AUTH_MODE: 'jwt', JWT_SECRET, JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'chat', LOG_LEVEL: 'trace' };
    const program = startProgram('service/main.ts', { ...stack.environment, ...more });
    const { port = 0 } = await program.told('listening');
    expect((await createCaller(`http://127.0.0.1:${port}`).read('conv-1', 'user-1')).status).toBe(401);
    program.child.kill('SIGTERM');
    await program.ended;
    expect(program.output()).not.toMatch(/DEVELOPMENT IDENTITY|a secret of/);
  });

  test('with a faulty environment lists all faults and exits with 1', async () => {
    const program = startProgram('service/main.ts', { PORT: 'x', METRICS_PORT: '-1' });
    expect(await program.ended).toBe(1);
    expect(program.output()).toMatch(/PORT: expected a whole number.*METRICS_PORT: expected.*DATABASE_URL: expected/s);
  });

  test('on a taken port says so and exits with 1', async () => {
    const service = await stack.start();
    const program = startProgram('service/main.ts', { ...stack.environment, PORT: String(service.port) });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain('EADDRINUSE');
  });
});

describe('the tasks', () => {
  test('migrate.ts and fixtures.ts find everything in place the second time', async () => {
    const migrate = startProgram('service/migrate.ts', { ...stack.environment });
    expect([await migrate.ended, migrate.output()]).toEqual([0, 'The schema is at its newest version already.\n']);
    const fixtures = startProgram('service/fixtures.ts', { ...stack.environment });
    expect([await fixtures.ended, fixtures.output()]).toEqual([0, 'conv-1 of user-1 and user-2 is there already.\n']);
  });

  test('on a new database make it ready to be used', async () => {
    const url = await stack.postgres.createDatabase('brand_new');
    const environment = { DATABASE_URL: url, DATABASE_URL_DIRECT: url };
    const migrate = startProgram('service/migrate.ts', environment);
    expect([await migrate.ended, migrate.output()]).toEqual([
      0,
      `Applied ${MIGRATIONS.map(({ name }) => name).join(', ')}.\n`,
    ]);
    const fixtures = startProgram('service/fixtures.ts', environment);
    expect([await fixtures.ended, fixtures.output()]).toEqual([
      0,
      'Made conv-1 of user-1 and user-2 with 10 messages.\n',
    ]);
  });
});
