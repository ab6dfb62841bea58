import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

// As while the cache is switched on or off, replica by replica.

let stack: StackUnderTest;
let caching: RunningService;
let plain: RunningService;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  caching = await stack.start({ CACHE_LOCAL_BYTES: '0' });
  plain = await stack.start({ ENABLE_REDIS_CACHE: 'false' });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2']);
});

const readCached = async () => (await caching.read(id, 'user-2')).body;

describe('a replica whose page cache is off, beside one whose cache is on', () => {
  test('makes the pages of the other one unservable before it acknowledges a send', async () => {
    await plain.send(id, 'user-1', 'one');
    await readCached();
    expect(await readCached()).toMatchObject({ version: 1, fromCache: true });
    expect((await plain.send(id, 'user-1', 'two')).body.version).toBe(2);
    expect(await readCached()).toMatchObject({ version: 2, fromCache: false });
    expect(await readCached()).toMatchObject({ version: 2, fromCache: true });
  });

  test('puts no marker into Redis, which nobody there needs, and lets those that are there run out', async () => {
    await plain.send(id, 'user-1', 'one');
    expect(await stack.redisClient.keys(`*${id}*`)).toEqual([]);
    await readCached();
    const marker = `msg:version:${id}`;
    const before = await stack.redisClient.pttl(marker);
    await plain.send(id, 'user-1', 'two');
    expect(await stack.redisClient.get(marker)).toMatch(/:2$/);
    const after = await stack.redisClient.pttl(marker);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(before);
  });

  test('relays what another process left behind so that the pages of the caching one are unservable', async () => {
    await plain.send(id, 'user-1', 'one');
    await readCached();
    await caching.stop(); // so that the other one is alone to relay
    await stack.query(
      `with bumped as (update conversation set version = 2 where id = $1)
       insert into outbox (conversation_id, version, created_at) values ($1, 2, now() - interval '2 seconds')`,
      [id],
    );
    await eventually('the row is gone', async () => (await stack.query('select from outbox')).length === 0);
    expect(await stack.redisClient.get(`msg:version:${id}`)).toMatch(/:2$/);
  });
});
