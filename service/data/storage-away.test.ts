import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start({ DATABASE_PATIENCE_SECONDS: '3' });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2']);
  await service.send(id, 'user-1', 'one');
  await service.read(id, 'user-1');
});

// A wait for a connection and one statement, as bounded in database.ts and bounded-client.ts, and as much for a busy machine.
const MOST_MILLISECONDS = 2 * (2_000 + 3_000);

async function expectUnavailable(): Promise<void> {
  const answers = await Promise.all([
    service.send(id, 'user-1', 'lost'),
    service.read(id, 'user-1', 'limit=3'),
    service.post('/api/v1/chat/conversations', { type: 'GROUP', participantIds: ['user-1', 'user-2'] }),
  ]);
  expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2', 'content-type': 'application/problem+json; charset=utf-8' },
      body: { type: 'tag:chatstack.dev,2026:problem:storage-unavailable', status: 503 },
    });
    expect(answer.took).toBeLessThan(MOST_MILLISECONDS);
  }
  expect((await service.read(id, 'user-1')).body).toMatchObject({ fromCache: true, version: 1 });
  expect((await service.get('/health/live')).status).toBe(200);
  expect((await service.get('/health/ready')).status).toBe(200);
  const health = await service.get('/api/v1/health');
  expect(health).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  expect(health.took).toBeLessThan(MOST_MILLISECONDS);
}

async function expectRecovery(): Promise<void> {
  await eventually('Postgres is reached again', async () => (await service.get('/api/v1/health')).status === 200);
  const sent = await service.send(id, 'user-1', 'back');
  expect(sent.status).toBe(201);
  expect((await service.read(id, 'user-1')).body.messages[0]).toEqual(sent.body.message);
  await eventually('no place of the pool is lost', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
    const count = (state: string) => Number(new RegExp(`^db_pool_${state}_connections (\\d+)`, 'm').exec(metrics)?.[1]);
    return count('total') > 0 && count('total') === count('idle');
  });
}

test('Postgres killed behind PgBouncer: 503 with Retry-After, cached pages go on, recovery by itself', async () => {
  await stack.postgres.kill();
  await expectUnavailable();
  await stack.postgres.restart();
  await expectRecovery();
});

test('Postgres stopped (SIGSTOP): 503 within bounded time, recovery by itself', async () => {
  stack.postgres.suspend();
  try {
    await expectUnavailable();
  } finally {
    stack.postgres.resume();
  }
  await expectRecovery();
});

test('PgBouncer killed: 503 with Retry-After, cached pages go on, recovery by itself', async () => {
  await stack.pgbouncer.kill();
  await expectUnavailable();
  await stack.pgbouncer.restart();
  await expectRecovery();
});

test('PgBouncer, or Postgres behind it, is back in a moment: requests that came meanwhile are answered, each send stored once', async () => {
  for (const engine of [stack.pgbouncer, stack.postgres]) {
    await engine.kill();
    const under = [service.send(id, 'user-1', 'meanwhile'), service.read(id, 'user-2', 'limit=2')] as const;
    await engine.restart();
    const [sent, read] = await Promise.all(under);
    expect([sent.status, read.status]).toEqual([201, 200]);
  }
  const { body } = await service.read(id, 'user-1', 'after=0&limit=100');
  expect(body.messages.map(({ content }: { content: string }) => content)).toEqual(['meanwhile', 'meanwhile', 'one']);
});

test('a pool that is used up answers 503 rather than letting requests wait for ever', async () => {
  const small = await stack.start({
    DATABASE_PATIENCE_SECONDS: '3',
    DATABASE_POOL_SIZE: '1',
    ENABLE_REDIS_CACHE: 'false',
  });
  const locked = await lockConversation();
  try {
    const [blocked, waiting] = await Promise.all([small.send(id, 'user-1', 'blocked'), small.read(id, 'user-1')]);
    expect([blocked.status, waiting.status]).toEqual([503, 503]);
    expect(Math.max(blocked.took, waiting.took)).toBeLessThan(MOST_MILLISECONDS);
  } finally {
    await locked.release();
  }
  await eventually('the pool is usable again', async () => (await small.read(id, 'user-1')).status === 200);
});

/** Holds the row of the conversation in a transaction of another session. */
async function lockConversation(): Promise<{ release(): Promise<void> }> {
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
  await client.connect();
  await client.query('begin');
  await client.query('select from conversation where id = $1 for update', [id]);
  return { release: () => client.end() };
}

test('a new service is ready only once Postgres was reached with the newest schema', async () => {
  const database = await stack.postgres.createDatabase('empty');
  const starting = stack.start({ DATABASE_URL: database });
  const isReady = starting.then(() => true);
  expect(await Promise.race([isReady, stack.query('select pg_sleep(1)').then(() => false)])).toBe(false);
  const { parseMigrationConfig } = await import('../config/config.ts');
  const { migrateSchema } = await import('./schema-migration.ts');
  const { database: config } = parseMigrationConfig({ ...stack.environment, DATABASE_URL_DIRECT: database });
  await migrateSchema(config, { tell: () => undefined });
  expect(await isReady).toBe(true);
});
