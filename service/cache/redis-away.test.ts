import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { readOnceHeard } from '../testing/read-once-heard.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
let other: RunningService;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  [service, other] = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2']);
  await service.send(id, 'user-1', 'one');
  await service.read(id, 'user-1');
  expect((await service.read(id, 'user-1')).body.fromCache).toBe(true);
});

const isCacheHealthy = async (of: RunningService) => (await of.get('/health/cache')).status === 200;

/**
 * Half of the requests take no more than Redis may cost them (100 ms), plus what the database takes on a busy machine; none waits
 * until the socket itself gives up, after 5 s.
 */
function expectBounded(took: readonly number[]): void {
  const sorted = took.toSorted((one, other) => one - other);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(1_000);
  expect(sorted.at(-1)).toBeLessThan(4_500);
}

async function expectServiceGoesOn(): Promise<void> {
  const took: number[] = [];
  for (let version = 2; version <= 12; version += 1) {
    const sent = await service.send(id, 'user-1', `number ${version}`);
    const read = await service.read(id, 'user-1');
    expect([sent.status, sent.body.version]).toEqual([201, version]);
    expect(read.body).toMatchObject({ version, fromCache: false });
    took.push(sent.took, read.took);
  }
  expectBounded(took);
  expect(await service.get('/health/cache')).toMatchObject({ status: 503, body: { healthy: false } });
  expect((await service.get('/health/ready')).status).toBe(200);
  expect(await service.get('/api/v1/health')).toMatchObject({ status: 200, body: { status: 'degraded' } });
}

async function expectServiceRecovers(): Promise<void> {
  await eventually('both services reach Redis', async () => (await isCacheHealthy(service)) && isCacheHealthy(other));
  await eventually('invalidations are through', async () => (await service.read(id, 'user-1')).body.fromCache);
  expect((await readOnceHeard(other, id, 'user-2', 12)).version).toBe(12);
}

describe('while Redis', () => {
  test('is killed, requests go on within bounded time, and the cache comes back by itself', async () => {
    await stack.redis.kill();
    await expectServiceGoesOn();
    await stack.redis.restart();
    await expectServiceRecovers();
  });

  test('is stopped (SIGSTOP), requests go on within bounded time, and no page older than an acknowledged send is served', async () => {
    stack.redis.suspend();
    try {
      await expectServiceGoesOn();
      const quick = await Promise.all(Array.from({ length: 20 }, () => service.read(id, 'user-1')));
      expectBounded(quick.map(({ took }) => took));
    } finally {
      stack.redis.resume();
    }
    // The page of version 1 is still in Redis under its old marker: this process must not serve it at any moment.
    for (let reads = 0; reads < 50; reads += 1) expect((await service.read(id, 'user-1')).body.version).toBe(12);
    await expectServiceRecovers();
  });

  test('is out of memory and refuses writes, acknowledged sends are still never followed by older pages', async () => {
    await stack.redisClient.config('SET', 'maxmemory', '1');
    await stack.redisClient.config('SET', 'maxmemory-policy', 'noeviction');
    try {
      for (let version = 2; version <= 12; version += 1) {
        expect((await service.send(id, 'user-1', 'more')).body.version).toBe(version);
        expect((await service.read(id, 'user-1')).body).toMatchObject({ version, fromCache: false });
      }
    } finally {
      await stack.redisClient.config('SET', 'maxmemory', '0');
    }
    await expectServiceRecovers();
  });

  test('was never there, a service starts and serves', async () => {
    const lonely = await stack.start({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect((await lonely.read(id, 'user-1')).body).toMatchObject({ version: 1, fromCache: false });
    expect((await lonely.get('/health/cache')).status).toBe(503);
    expect((await lonely.get('/health/ready')).status).toBe(200);
  });
});

describe('evictions', () => {
  test('are told as Redis reports them', async () => {
    await stack.redisClient.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await stack.redisClient.config('SET', 'maxmemory', '2mb');
    try {
      for (let key = 0; key < 200; key += 1) await stack.redisClient.set(`filler:${key}`, 'x'.repeat(20_000));
    } finally {
      await stack.redisClient.config('SET', 'maxmemory', '0');
    }
    const reported = /^evicted_keys:(\d+)/m.exec(await stack.redisClient.info('stats'))?.[1];
    expect(Number(reported)).toBeGreaterThan(0);
    expect((await service.get('/health/cache')).body.metrics.evictions).toBe(Number(reported));
  });
});

describe('a cache that is switched off', () => {
  test('is said to be off, and reads come from Postgres', async () => {
    const plain = await stack.start({ ENABLE_REDIS_CACHE: 'false', REDIS_URL: '' });
    for (let reads = 0; reads < 2; reads += 1) {
      expect((await plain.read(id, 'user-1')).body).toMatchObject({ version: 1, fromCache: false });
    }
    expect(await plain.get('/health/cache')).toMatchObject({ status: 503, body: { healthy: false } });
    expect((await plain.get('/api/v1/health')).body.status).toBe('ok');
  });
});
