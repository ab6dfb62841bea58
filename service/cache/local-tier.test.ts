import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import type { PageSource } from './history-reader.ts';

// Two services that keep pages themselves, on one Redis. Readers of the first can be held after they read Postgres.

let stack: StackUnderTest;
let near: RunningService;
let far: RunningService;
let id: string;
let hold: { readonly read: PromiseWithResolvers<void>; readonly released: PromiseWithResolvers<void> } | undefined;

const holdable =
  (source: PageSource): PageSource =>
  async (address) => {
    const held = hold;
    hold = undefined;
    const page = await source(address);
    held?.read.resolve();
    await held?.released.promise;
    return page;
  };

beforeAll(async () => {
  stack = await startStackUnderTest();
  near = await stack.start({}, holdable);
  far = await stack.start();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  await untilHealthy();
  id = await stack.createConversation(['user-1', 'user-2', 'user-3']);
  await near.send(id, 'user-1', 'one');
});
afterEach(() => hold?.released.resolve());

async function measure(of: RunningService, series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${of.metricsPort}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

const isHealthy = async (of: RunningService) => (await measure(of, 'cache_stream_healthy')) === 1;
const countLocal = (of: RunningService, result: string) =>
  measure(of, `cache_requests_total{cache="local",result="${result}"}`);

async function countSubscribers(): Promise<number> {
  const clients = String(await stack.redisClient.call('CLIENT', 'LIST', 'TYPE', 'PUBSUB'));
  return clients.split('\n').filter(Boolean).length;
}

async function untilHealthy(): Promise<void> {
  for (const service of [near, far]) await eventually('the stream is healthy', () => isHealthy(service));
}

/** Resolves when everything that was announced so far has arrived at `near`: events come in order. */
async function untilArrived(): Promise<void> {
  const probe = await stack.createConversation(['user-1', 'user-2', 'user-3']);
  await near.read(probe, 'user-1');
  await far.send(probe, 'user-1', 'after all that');
  await eventually('the event has arrived', async () => (await near.read(probe, 'user-1')).body.version === 1);
}

/** Reads a page until the process has it. */
async function keep(service: RunningService): Promise<void> {
  const before = await countLocal(service, 'hit');
  // An event that arrives during a load voids it, so one read may not do.
  await eventually('the page is kept', async () => {
    await service.read(id, 'user-1');
    return (await countLocal(service, 'hit')) > before;
  });
}

describe('a page that this process keeps', () => {
  test('is served without asking Redis, to participants alone', async () => {
    await keep(near);
    await stack.redisClient.config('RESETSTAT');
    expect((await near.read(id, 'user-2')).body).toMatchObject({ version: 1, fromCache: true });
    expect((await near.read(id, 'nobody')).status).toBe(403);
    expect(await stack.redisClient.info('commandstats')).not.toMatch(/cmdstat_mget:/);
  });

  test('is gone before a send by the same process is acknowledged', async () => {
    for (let version = 2; version < 20; version += 1) {
      await near.read(id, 'user-1');
      await near.send(id, 'user-1', 'more');
      expect((await near.read(id, 'user-1')).body.version).toBe(version);
    }
  });

  test('is gone when the event of a send by another process arrives, and never served to whoever has seen that', async () => {
    await keep(near);
    await far.send(id, 'user-1', 'two');
    expect((await near.read(id, 'user-1', 'minVersion=2')).body.version).toBe(2);
    await far.send(id, 'user-1', 'three');
    await untilArrived();
    expect((await near.read(id, 'user-1')).body.version).toBe(3);
  });

  test.each([
    ['Redis ended the stream', () => stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')],
    ['Redis was flushed and restarted', () => stack.redis.restart()],
  ])('is gone once %s, for what was missed meanwhile', async (_what, lose) => {
    await keep(near);
    const misses = await countLocal(near, 'miss');
    await lose();
    await eventually('the stream has lapsed and is back', async () => {
      const read = await near.read(id, 'user-1');
      expect(read.body.version).toBe(1);
      return (await countLocal(near, 'miss')) > misses;
    });
  });

  test('is not served for longer than 1.5 s while Redis is stopped, though nothing says that it ended', async () => {
    await keep(near);
    stack.redis.suspend();
    try {
      const start = performance.now();
      await eventually('pages come from Postgres', async () => !(await near.read(id, 'user-1')).body.fromCache);
      expect(performance.now() - start).toBeLessThan(4_500); // 1.5 s, and a busy machine; after 5 s the socket itself gives up
      expect(await countLocal(near, 'bypass')).toBeGreaterThan(0);
      expect((await far.send(id, 'user-1', 'two')).status).toBe(201);
      expect((await near.read(id, 'user-1')).body.version).toBe(2);
    } finally {
      stack.redis.resume();
    }
  });
});

describe('a reader that is slow between its read and its fill', () => {
  test.each([
    ['by the same process', () => near],
    ['by another process', () => far],
  ])('keeps nothing when a send %s was announced meanwhile', async (_whose, sender) => {
    const held = { read: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
    hold = held;
    const reading = near.read(id, 'user-1');
    await held.read.promise;
    await sender().send(id, 'user-1', 'two');
    await untilArrived();
    held.released.resolve();
    expect((await reading).body.version).toBe(1); // it asked before the send: it may see the past
    expect((await near.read(id, 'user-1')).body.version).toBe(2);
  });

  test('keeps nothing when events may have been lost meanwhile', async () => {
    const held = { read: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
    hold = held;
    const reading = near.read(id, 'user-1');
    await held.read.promise;
    await stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await eventually('both have subscribed anew', async () => (await countSubscribers()) >= 2);
    await untilHealthy();
    held.released.resolve();
    await reading;
    const misses = await countLocal(near, 'miss');
    await near.read(id, 'user-1');
    expect(await countLocal(near, 'miss')).toBe(misses + 1);
  });
});
