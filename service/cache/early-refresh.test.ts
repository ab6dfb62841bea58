import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CacheConfig } from '../config/config.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { eventually } from '../testing/eventually.ts';
import { CacheCounters } from './cache-counters.ts';
import { chooseRefresh } from './early-refresh.ts';
import { HistoryCache } from './history-cache.ts';
import { HistoryReader } from './history-reader.ts';
import { LocalPages } from './local-pages.ts';
import { RedisConnection } from './redis-connection.ts';

describe('the moment of a refresh', () => {
  test('lies before the end, by about the time that a load takes, and is another one for each page', () => {
    const leads = Array.from({ length: 1_000 }, (_, index) => 10_000 - chooseRefresh(10_000, 50, index / 1_000));
    expect(Math.min(...leads)).toBe(0);
    const mean = leads.reduce((sum, lead) => sum + lead, 0) / leads.length;
    expect(mean).toBeGreaterThan(45);
    expect(mean).toBeLessThan(55);
    expect(leads.filter((lead) => lead > 150).length).toBeGreaterThan(30); // some come much earlier
  });
});

describe('a reader of a page that ends soon', () => {
  let redis: RedisEngine;
  let connection: RedisConnection;
  const config = { recentTtlSeconds: 1, olderTtlSeconds: 1, localBytes: 1_000_000, password: undefined };
  beforeAll(async () => {
    redis = await startRedis();
    connection = new RedisConnection({ ...config, url: redis.url }, () => undefined);
    await eventually('Redis is reached', () => connection.isHealthy());
  });
  afterAll(async () => {
    connection?.close();
    await redis?.stop();
  });

  /** A process of its own, as far as caches go: its pages last 1 s and are read anew so early as `random` says. */
  function startProcess(random: number) {
    const loads: PromiseWithResolvers<void>[] = [];
    const counters = new CacheCounters(createMetrics(() => ({ total: 0, idle: 0, waiting: 0 })));
    const shared = new HistoryCache(connection, { ...config, url: redis.url } satisfies CacheConfig, counters, 'test');
    const local = new LocalPages({ maxBytes: config.localBytes, isStreamHealthy: () => true });
    const source = async () => {
      const load = Promise.withResolvers<void>();
      loads.push(load);
      await load.promise;
      return { version: 1, participantIds: ['user-1'], messages: '[]', hasMore: false };
    };
    const reader = new HistoryReader(source, { local, shared, random: () => random }, counters);
    const read = async (conversationId: string) => {
      const request = { conversationId, limit: 50, offset: 0, userId: 'user-1', minVersion: 0 };
      return JSON.parse((await reader.read(request)).body.toString()).fromCache as boolean;
    };
    return { loads, read };
  }

  test('is served from the cache, while one load in the background brings the next page', async () => {
    const { loads, read } = startProcess(0.9999);
    const first = read('a');
    await eventually('the first load has begun', async () => loads.length === 1);
    await sleep(80); // so long a load has the next one begin some 700 ms before the end
    loads[0]?.resolve();
    expect(await first).toBe(false);
    await eventually('the next load has begun', async () => {
      expect(await read('a')).toBe(true);
      return loads.length === 2;
    });
    for (let reads = 0; reads < 20; reads += 1) expect(await read('a')).toBe(true);
    expect(loads).toHaveLength(2);
    loads[1]?.resolve();
    await eventually('another page is there, and ends soon too', async () => {
      expect(await read('a')).toBe(true);
      return loads.length === 3;
    });
    loads[2]?.resolve();
  });

  test('takes over what another process has read anew, without asking Postgres', async () => {
    const [one, other] = [startProcess(0.9999), startProcess(0.5)];
    const first = one.read('b');
    await eventually('the first load has begun', async () => one.loads.length === 1);
    one.loads[0]?.resolve();
    await first;
    expect(await other.read('b')).toBe(true);
    await eventually('one of them reads it anew', async () => (await one.read('b')) && one.loads.length === 2);
    one.loads[1]?.resolve();
    const before = performance.now();
    await eventually('its first page would have ended', async () => {
      expect(await other.read('b')).toBe(true);
      return performance.now() - before > 300;
    });
    expect(other.loads).toHaveLength(0);
  });
});
