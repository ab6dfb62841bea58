import type { Router } from '@koa/router';
import type { CacheCounts } from '../../cache/cache-counters.ts';

/** What the health routes ask. */
export type HealthObservers = {
  /** Whether traffic may come: the database was reached with its newest schema, and no drain has begun. */
  isReady(): boolean;
  isDatabaseHealthy(): Promise<boolean>;
  /** Undefined where the cache is switched off. */
  observeCache(): Promise<{ readonly healthy: boolean; readonly metrics: CacheCounts } | undefined>;
};

const CACHE_IS_OFF = { healthy: false, detail: 'ENABLE_REDIS_CACHE is false' };

/**
 * Adds the health routes; each but the summary also under /api/v1, where the API's clients look.
 *  - live: the process answers. Asks nothing else: a restart mends no dependency.
 *  - ready: 200 from the first time Postgres was reached with the newest schema until the drain, then 503. Not withdrawn
 *    while Postgres or Redis is away: all replicas share them, so every one would leave the Service at once, and callers
 *    would get refused connections instead of cached pages and 503 with Retry-After.
 *  - cache: the cache's counters, 503 while Redis is away.
 *  - /api/v1/health: all of it in words; 503 only when nothing can be done (Postgres away).
 */
export function addHealthRoutes(router: Router, observers: HealthObservers): void {
  router.get(['/health/live', '/api/v1/health/live'], (context) => {
    context.body = { status: 'ok' };
  });

  router.get(['/health/ready', '/api/v1/health/ready'], (context) => {
    const isReady = observers.isReady();
    context.status = isReady ? 200 : 503;
    context.body = { status: isReady ? 'ok' : 'not ready' };
  });

  router.get(['/health/cache', '/api/v1/health/cache'], async (context) => {
    const cache = await observers.observeCache();
    context.status = cache?.healthy ? 200 : 503;
    context.body = cache ?? CACHE_IS_OFF;
  });

  router.get(['/health', '/api/v1/health'], async (context) => {
    const [database, cache] = await Promise.all([observers.isDatabaseHealthy(), observers.observeCache()]);
    const isCacheAway = cache !== undefined && !cache.healthy;
    context.status = database ? 200 : 503;
    context.body = {
      status: database ? (isCacheAway ? 'degraded' : 'ok') : 'unavailable',
      ready: observers.isReady(),
      components: { postgres: { healthy: database }, redis: cache ? { healthy: cache.healthy } : { enabled: false } },
    };
  });
}
