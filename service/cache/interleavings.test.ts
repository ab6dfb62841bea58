import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import type { PageSource } from './history-reader.ts';

// Two services on one Redis, which keep no pages themselves. The first one's readers can be held after they read Postgres and
// before they fill the cache, which is where every stale fill of a naive cache happens.

let stack: StackUnderTest;
let slow: RunningService;
let other: RunningService;
let id: string;
let hold: { readonly reached: Promise<void>; release(): void } | undefined;
let sourceReads = 0;

/** Holds the next reader of `slow` between its read of Postgres and its fill. */
function holdNextReader() {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const gate = {
    reached: reached.promise,
    release: released.resolve,
    onRead: reached.resolve,
    released: released.promise,
  };
  hold = gate;
  return gate;
}

function holdable(source: PageSource): PageSource {
  return async (address) => {
    sourceReads += 1;
    const gate = hold as ReturnType<typeof holdNextReader> | undefined;
    hold = undefined;
    const page = await source(address);
    if (gate) {
      gate.onRead();
      await gate.released;
    }
    return page;
  };
}

beforeAll(async () => {
  stack = await startStackUnderTest();
  slow = await stack.start({ CACHE_LOCAL_BYTES: '0' }, holdable);
  other = await stack.start({ CACHE_LOCAL_BYTES: '0' });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2']);
  expect((await other.send(id, 'user-1', 'one')).status).toBe(201);
});
afterEach(() => hold?.release());

async function newest(service: RunningService) {
  const { body } = await service.read(id, 'user-1');
  return { version: body.version, fromCache: body.fromCache };
}

describe('a reader that is slow between its read and its fill', () => {
  test('fills the cache when nothing happened meanwhile, for every service', async () => {
    const gate = holdNextReader();
    const reading = newest(slow);
    await gate.reached;
    gate.release();
    expect(await reading).toEqual({ version: 1, fromCache: false });
    expect(await newest(other)).toEqual({ version: 1, fromCache: true });
  });

  test('stores nothing when a send was acknowledged meanwhile', async () => {
    const gate = holdNextReader();
    const reading = newest(slow);
    await gate.reached;
    expect((await other.send(id, 'user-2', 'two')).body.version).toBe(2);
    gate.release();
    expect(await reading).toEqual({ version: 1, fromCache: false }); // it asked before the send: it may see the past
    expect(await newest(other)).toEqual({ version: 2, fromCache: false });
    expect(await newest(slow)).toEqual({ version: 2, fromCache: true });
  });

  test.each([
    ['a flush', () => stack.redisClient.flushall()],
    ['an eviction of the marker', () => stack.redisClient.del(`msg:version:${id}`)],
    ['a restart of Redis', () => restartRedis()],
  ])('stores nothing after a send and %s, also when another life of the cache has begun', async (_what, lose) => {
    const gate = holdNextReader();
    const reading = newest(slow);
    await gate.reached;
    expect((await other.send(id, 'user-2', 'two')).body.version).toBe(2);
    await lose();
    gate.release();
    expect((await reading).version).toBe(1);
    expect(await stack.redisClient.keys(`msg:*:${id}*`)).toEqual([]);
    expect(await newest(other)).toEqual({ version: 2, fromCache: false });
    expect(await newest(slow)).toEqual({ version: 2, fromCache: true });
  });

  test('stores nothing when another reader has begun a new life of the cache and read nothing in it yet', async () => {
    const gate = holdNextReader();
    const reading = newest(slow);
    await gate.reached;
    expect((await other.send(id, 'user-2', 'two')).body.version).toBe(2);
    await stack.redisClient.flushall();
    const secondGate = holdNextReader();
    const secondReading = newest(slow); // begins a life at version 0, which alone would let any page in
    await secondGate.reached;
    gate.release();
    expect((await reading).version).toBe(1);
    expect(await newest(other)).toEqual({ version: 2, fromCache: false });
    secondGate.release();
    expect((await secondReading).version).toBe(2);
    expect(await newest(other)).toEqual({ version: 2, fromCache: true });
  });

  test('is not joined by a reader that came after a send, though both want the same page', async () => {
    const gate = holdNextReader();
    const reading = newest(slow);
    await gate.reached;
    expect((await slow.send(id, 'user-2', 'two')).body.version).toBe(2);
    const missesBefore = await countMisses(slow);
    const later = newest(slow); // joins the load under way, finds its result too old, loads by itself
    await eventually('it has joined', async () => (await countMisses(slow)) === missesBefore + 1);
    gate.release();
    expect((await reading).version).toBe(1);
    expect((await later).version).toBe(2);
  });

  test('is joined by those that came before any send: one load answers them all', async () => {
    const gate = holdNextReader();
    const before = sourceReads;
    const missesBefore = await countMisses(slow);
    const first = newest(slow);
    await gate.reached;
    const rest = Promise.all(Array.from({ length: 20 }, () => newest(slow)));
    await eventually('all have missed', async () => (await countMisses(slow)) === missesBefore + 21);
    gate.release();
    expect((await Promise.all([first, rest])).flat()).toEqual(Array(21).fill({ version: 1, fromCache: false }));
    expect(sourceReads - before).toBe(1);
  });
});

describe('pages of another time', () => {
  test('are not served once their marker is gone', async () => {
    await newest(other);
    expect((await newest(other)).fromCache).toBe(true);
    await stack.redisClient.del(`msg:version:${id}`);
    expect((await newest(other)).fromCache).toBe(false);
  });

  test('are not served to whoever has seen a newer version, and replaced by what they read', async () => {
    await newest(other);
    // As if a send's invalidation had been lost on its way.
    await stack.query(
      `with bumped as (update conversation set last_seq = 2, version = 2 where id = $1 returning id)
      insert into message (id, conversation_id, seq, user_id, message_type, content)
      select id || '-2', id, 2, 'user-1', 'TEXT', 'two' from bumped`,
      [id],
    );
    expect(await newest(other)).toEqual({ version: 1, fromCache: true });
    const seen = await other.read(id, 'user-1', 'minVersion=2');
    expect(seen.body).toMatchObject({ version: 2, fromCache: false });
    expect(await newest(other)).toEqual({ version: 2, fromCache: true });
  });

  test('of every size are unservable after one send', async () => {
    const queries = ['limit=1', 'limit=2', 'limit=2&offset=1', 'limit=100'];
    for (const query of queries) await other.read(id, 'user-1', query);
    await slow.send(id, 'user-1', 'two');
    for (const query of queries) {
      expect((await other.read(id, 'user-1', query)).body).toMatchObject({ version: 2, fromCache: false });
    }
  });
});

describe('no command of a request', () => {
  test('walks over the keys of Redis', async () => {
    await stack.redisClient.config('RESETSTAT');
    await newest(other);
    await newest(other);
    await other.send(id, 'user-1', 'two');
    const stats = await stack.redisClient.info('commandstats');
    expect(stats).not.toMatch(/cmdstat_(scan|keys):/);
    expect(stats).toMatch(/cmdstat_mget:calls=2/);
  });
});

async function restartRedis(): Promise<void> {
  await stack.redis.kill();
  await stack.redis.restart();
  for (const service of [slow, other]) {
    await eventually('the service reaches Redis', async () => (await service.get('/health/cache')).status === 200);
  }
  await eventually('the test reaches Redis', async () => (await stack.redisClient.ping()) === 'PONG');
}

async function countMisses(service: RunningService): Promise<number> {
  return (await service.get('/health/cache')).body.metrics.misses;
}
