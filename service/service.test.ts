import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, type StackUnderTest, startStackUnderTest } from './testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

describe('the history of the example conversation', () => {
  test('goes through the five steps: initial, miss, hit, send, miss', async () => {
    const before = await service.get('/api/v1/health/cache');
    expect(before.body).toMatchObject({ healthy: true, metrics: { hits: 0, misses: 0, sets: 0, hitRatio: 0 } });

    const first = await service.read('conv-1', 'user-1');
    expect(first.body).toMatchObject({ fromCache: false, version: 10, limit: 50, offset: 0, hasMore: false });
    expect(first.body.messages.map(({ seq }: { seq: number }) => seq)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);

    const second = await service.read('conv-1', 'user-2');
    expect(second.body).toEqual({ ...first.body, fromCache: true });

    const sent = await service.send('conv-1', 'user-1', 'Eleven');
    expect(sent.status).toBe(201);
    expect(sent.body).toMatchObject({ version: 11, message: { seq: 11, userId: 'user-1', content: 'Eleven' } });

    const third = await service.read('conv-1', 'user-1');
    expect(third.body).toMatchObject({ fromCache: false, version: 11 });
    expect(third.body.messages[0]).toEqual(sent.body.message);

    const after = await service.get('/health/cache');
    expect(after.body.metrics).toMatchObject({ hits: 1, misses: 2, sets: 2, invalidations: 1, evictions: 0 });
    expect(after.body.metrics.hitRatio).toBeCloseTo(1 / 3);
  });

  test('keeps pages of different limits and offsets apart', async () => {
    const pages = ['limit=3', 'limit=3&offset=3', 'limit=4&offset=3'];
    for (const query of pages) expect((await service.read('conv-1', 'user-1', query)).body.fromCache).toBe(false);
    const cached = await Promise.all(pages.map((query) => service.read('conv-1', 'user-1', query)));
    expect(cached.map(({ body }) => body.fromCache)).toEqual([true, true, true]);
    expect(cached.map(({ body }) => body.messages.map(({ seq }: { seq: number }) => seq))).toEqual([
      [11, 10, 9],
      [8, 7, 6],
      [8, 7, 6, 5],
    ]);
    expect(cached.every(({ body }) => body.hasMore)).toBe(true);
    expect((await service.read('conv-1', 'user-1', 'offset=11')).body).toMatchObject({ messages: [], hasMore: false });
  });

  test('lives at most 30 s in the cache, older pages at most 60 s, and their marker longer', async () => {
    await service.read('conv-1', 'user-1', 'limit=7');
    await service.read('conv-1', 'user-1', 'limit=7&offset=1');
    const [recent, older, marker] = await Promise.all([
      stack.redisClient.pttl('msg:history:conv-1:7:0'),
      stack.redisClient.pttl('msg:history:conv-1:7:1'),
      stack.redisClient.pttl('msg:version:conv-1'),
    ]);
    expect(recent).toBeGreaterThan(26_000);
    expect(recent).toBeLessThanOrEqual(30_000);
    expect(older).toBeGreaterThan(53_000);
    expect(older).toBeLessThanOrEqual(60_000);
    expect(marker).toBeGreaterThan(older);
  });
});
