import type { CacheCounters } from './cache-counters.ts';
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts';

/** How often the evictions of Redis are asked for in the background, in milliseconds. */
const SAMPLE_INTERVAL = 15_000;

/** Asks Redis for `evicted_keys` once; keeps the last number when Redis is away. */
export async function sampleEvictions(redis: RedisConnection, counters: CacheCounters): Promise<void> {
  try {
    const stats = await redis.run((client) => client.info('stats'));
    const evicted = /^evicted_keys:(\d+)/m.exec(stats)?.[1];
    if (evicted !== undefined) counters.observeEvictions(Number(evicted));
  } catch (error) {
    if (!(error instanceof RedisUnavailable)) throw error;
  }
}

/** Samples now and then in the background; answers how to stop. */
export function startEvictionSampler(redis: RedisConnection, counters: CacheCounters): () => void {
  const timer = setInterval(() => void sampleEvictions(redis, counters), SAMPLE_INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}
