import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisConnection } from '../cache/redis-connection.ts';
import { RateLimited } from '../domain/errors.ts';
import { eventually } from '../testing/eventually.ts';
import { BUDGETS } from './budgets.ts';
import { createLimiter, type LimitClass, type Limiter } from './limiter.ts';

const { points } = BUDGETS.send;

let engine: RedisEngine;
let client: Redis;
beforeAll(async () => {
  engine = await startRedis();
  client = new Redis(engine.url, { retryStrategy: () => 50 });
  client.on('error', () => undefined); // tests kill Redis
});
afterAll(async () => {
  client?.disconnect();
  await engine?.stop();
});

const connections: RedisConnection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

/** The limiter of one replica, with a connection of its own that is ready. */
async function startReplica(percent = 100): Promise<{ limiter: Limiter; redis: RedisConnection; told: string[] }> {
  const told: string[] = [];
  const redis = new RedisConnection({ url: engine.url, password: undefined }, (message) => told.push(message));
  connections.push(redis);
  await eventually('the replica reaches Redis', () => redis.isHealthy());
  return { limiter: createLimiter({ areOn: true, percent }, redis), redis, told };
}

let users = 0;
function nextUser(): string {
  users += 1;
  return `user ${users}`;
}

type Outcome = { readonly granted: number; readonly refusals: readonly RateLimited[] };

/** Asks each limiter in turn for points of a user, all at once; anything but a refusal fails the test. */
async function consume(
  limiters: readonly Limiter[],
  times: number,
  user: string,
  limit: LimitClass = 'send',
): Promise<Outcome> {
  const asked = Array.from({ length: times }, (_, index) => limiters[index % limiters.length]?.consume(limit, user));
  const settled = await Promise.allSettled(asked);
  const refusals = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  for (const refusal of refusals) expect(refusal).toBeInstanceOf(RateLimited);
  return { granted: times - refusals.length, refusals };
}

describe('a budget', () => {
  test('is one for all replicas: of many requests at once at two of them, exactly its points are granted', async () => {
    const [one, other] = await Promise.all([startReplica(), startReplica()]);
    const { granted, refusals } = await consume([one.limiter, other.limiter], 3 * points, nextUser());
    expect(granted).toBe(points);
    for (const { limit, retryAfterSeconds } of refusals) {
      expect(limit).toBe('send');
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(retryAfterSeconds).toBeLessThanOrEqual(BUDGETS.send.seconds);
    }
  });

  test('is each user’s and each class’ own', async () => {
    const { limiter } = await startReplica();
    const [ann, bob] = [nextUser(), nextUser()];
    expect((await consume([limiter], points + 1, ann)).granted).toBe(points);
    expect((await consume([limiter], 1, bob)).granted).toBe(1);
    expect((await consume([limiter], 1, ann, 'search')).granted).toBe(1);
    expect((await consume([limiter], BUDGETS.search.points, ann, 'search')).granted).toBe(BUDGETS.search.points - 1);
  });

  test('is scaled in percent, down to one point', async () => {
    const [twice, least] = await Promise.all([startReplica(200), startReplica(1)]);
    expect((await consume([twice.limiter], 3 * points, nextUser())).granted).toBe(2 * points);
    expect((await consume([least.limiter], 3, nextUser())).granted).toBe(1);
  });

  test('comes again when its window is over, which its key does not outlive', async () => {
    const { limiter } = await startReplica(2);
    const user = nextUser();
    expect((await consume([limiter], 2, user)).granted).toBe(1);
    const [key, ...others] = (await client.keys('limit:send:*')).filter((name) => name.endsWith(`:${user}`));
    expect([key, others]).toEqual([`limit:send:${user}`, []]);
    const ttl = await client.pttl(String(key));
    expect(ttl).toBeGreaterThan(5_000);
    expect(ttl).toBeLessThanOrEqual(BUDGETS.send.seconds * 1_000);
    await client.pexpire(String(key), 1);
    const fresh = await startReplica(2); // another replica, which remembers no refusal
    expect((await consume([fresh.limiter], 1, user)).granted).toBe(1);
  });

  test('used up is remembered where it was noticed, so that a flood costs Redis nothing', async () => {
    const { limiter } = await startReplica();
    const user = nextUser();
    await consume([limiter], points, user);
    const before = await client.get(`limit:send:${user}`);
    expect((await consume([limiter], 1_000, user)).granted).toBe(0);
    expect(await client.get(`limit:send:${user}`)).toBe(before);
  });

  test('belongs to exactly one id, whatever characters ids hold', async () => {
    const { limiter } = await startReplica(2);
    const ids = [
      'a',
      'a:b',
      'b',
      'send:a',
      '*',
      '__proto__',
      'constructor',
      '🦊'.repeat(64),
      'é',
      'e\u0301',
      ' a',
      '{a}',
      '\\',
    ];
    for (const id of ids) expect((await consume([limiter], 2, id)).granted).toBe(1);
  });
});

describe('while Redis', () => {
  async function expectLocalBudget(limiter: Limiter): Promise<void> {
    const user = nextUser();
    const took: number[] = [];
    let granted = 0;
    for (let times = 0; times < points + 20; times += 1) {
      const start = performance.now();
      granted += (await consume([limiter], 1, user)).granted;
      took.push(performance.now() - start);
    }
    expect(granted).toBe(points); // never fails, and never lets everything through either
    took.sort((one, other) => one - other);
    // A command of a Redis that is silent takes 100 ms, a broken connection 5 s: it is left alone after five failures.
    expect(took[Math.floor(took.length / 2)]).toBeLessThan(80);
    expect(took.at(-1)).toBeLessThan(4_500);
  }

  async function expectSharedAgain(one: Awaited<ReturnType<typeof startReplica>>, other: typeof one): Promise<void> {
    await eventually('both replicas reach Redis', async () => (await one.redis.isHealthy()) && other.redis.isHealthy());
    expect((await consume([one.limiter, other.limiter], 3 * points, nextUser())).granted).toBe(points);
  }

  test('is killed, each replica counts for itself within bounded time, and shares again afterwards', async () => {
    const [one, other] = await Promise.all([startReplica(), startReplica()]);
    await engine.kill();
    await Promise.all([expectLocalBudget(one.limiter), expectLocalBudget(other.limiter)]);
    await engine.restart();
    await expectSharedAgain(one, other);
  });

  test('is frozen (SIGSTOP), each replica counts for itself within bounded time, and shares again afterwards', async () => {
    const [one, other] = await Promise.all([startReplica(), startReplica()]);
    engine.suspend();
    try {
      await Promise.all([expectLocalBudget(one.limiter), expectLocalBudget(other.limiter)]);
    } finally {
      engine.resume();
    }
    await expectSharedAgain(one, other);
  });

  test('was flushed, or lost the script, counting goes on', async () => {
    const { limiter, redis } = await startReplica();
    const user = nextUser();
    await consume([limiter], 10, user);
    await client.flushall();
    await client.script('FLUSH');
    expect((await consume([limiter], 2 * points, user)).granted).toBe(points);
    expect(redis.isAvailable).toBe(true);
  });

  test('is not there at all, limits hold in this process', async () => {
    const limiter = createLimiter({ areOn: true, percent: 100 }, undefined);
    expect((await consume([limiter], 2 * points, nextUser())).granted).toBe(points);
  });
});

describe('the budget of answers out of memory', () => {
  test('is taken without waiting, is refilled after its window, and refuses the slow way too once it is used up', async () => {
    let now = 1_000;
    const limiter = createLimiter({ areOn: true, percent: 1 }, undefined, () => now);
    const taken = () => Array.from({ length: 8 }, () => limiter.consumeLocally('read', 'ann')).filter(Boolean).length;
    expect(taken()).toBe(5);
    expect(limiter.consumeLocally('read', 'bob')).toBe(true);
    await expect(limiter.consume('read', 'ann')).rejects.toMatchObject({ limit: 'read', retryAfterSeconds: 10 });
    await expect(limiter.consume('read', 'bob')).resolves.toBeUndefined();
    now += 9_500;
    await expect(limiter.consume('read', 'ann')).rejects.toMatchObject({ limit: 'read', retryAfterSeconds: 1 });
    now += 500;
    expect(taken()).toBe(5);
  });
});

describe('limits that are off', () => {
  test('let everything through', async () => {
    const limiter = createLimiter({ areOn: false, percent: 1 }, undefined);
    expect((await consume([limiter], 1_000, nextUser())).granted).toBe(1_000);
    expect(limiter.consumeLocally('read', 'ann')).toBe(true);
  });
});
