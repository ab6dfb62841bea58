import { z } from 'zod';
import type { CacheCounts } from '../../cache/cache-counters.ts';
import { defineRoute, type Route, type RouteAnswer } from '../route.ts';
import { cacheHealth, cacheIsOff, liveness, readiness, serviceHealth } from './schema.ts';

/** What the health routes ask. */
export type HealthObservers = {
  /** Whether traffic may come: the database was reached with its newest schema, and no drain has begun. */
  isReady(): boolean;
  isDatabaseHealthy(): Promise<boolean>;
  /** Why Postgres refused the last write of this process, with what to do; undefined while it takes them. */
  refusedWrites(): string | undefined;
  /** Undefined where the cache is switched off. */
  observeCache(): Promise<{ readonly healthy: boolean; readonly metrics: CacheCounts } | undefined>;
};

type Check = {
  /** Behind `/health`. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly well: string;
  readonly ill?: string;
  readonly schema: z.ZodType;
  readonly ask: (observers: HealthObservers) => Promise<{ readonly isWell: boolean; readonly body: object }>;
};

/**
 * What may be asked.
 *  - live: the process answers. Asks nothing else: a restart mends no dependency.
 *  - ready: 200 from the first time Postgres was reached with the newest schema until the drain, then 503. Not withdrawn
 *    while Postgres or Redis is away: all replicas share them, so every one would leave the Service at once, and callers
 *    would get refused connections instead of cached pages and 503 with Retry-After.
 *  - cache: the cache's counters, 503 while Redis is away.
 *  - the summary: all of it in words; 503 only when nothing can be done (Postgres away). Degraded while Redis is away, and while
 *    Postgres refuses writes (its disk is full, it is read-only), as the last one of this process told: until one succeeds.
 */
const CHECKS: readonly Check[] = [
  {
    path: '/live',
    name: 'Liveness',
    summary: 'Whether the process answers',
    well: 'It does',
    schema: liveness,
    ask: async () => ({ isWell: true, body: { status: 'ok' } }),
  },
  {
    path: '/ready',
    name: 'Readiness',
    summary: 'Whether traffic may come',
    well: 'It may',
    ill: 'Not yet, or no more: the service waits for its database, or drains',
    schema: readiness,
    ask: async (observers) => {
      const isWell = observers.isReady();
      return { isWell, body: { status: isWell ? 'ok' : 'not ready' } };
    },
  },
  {
    path: '/cache',
    name: 'CacheHealth',
    summary: "The cache's counters since the process started",
    well: 'Redis answers',
    ill: 'Redis is away, or the cache is switched off',
    schema: z.union([cacheHealth, cacheIsOff]),
    ask: async (observers) => {
      const cache = await observers.observeCache();
      const isOff = { healthy: false, detail: 'ENABLE_REDIS_CACHE is false' };
      return { isWell: cache?.healthy ?? false, body: cache ?? isOff };
    },
  },
  {
    path: '',
    name: 'Health',
    summary: 'The service and what it stands on, in words',
    well: 'The service works; degraded while Redis is away, or Postgres refused the last write of this process: its detail says why',
    ill: 'Nothing can be done: Postgres is away',
    schema: serviceHealth,
    ask: async (observers) => {
      const [isWell, cache] = await Promise.all([observers.isDatabaseHealthy(), observers.observeCache()]);
      const refusal = isWell ? observers.refusedWrites() : undefined;
      const postgres = refusal === undefined ? { healthy: isWell } : { healthy: false, detail: refusal };
      const redis = cache ? { healthy: cache.healthy } : { enabled: false };
      const isDegraded = refusal !== undefined || cache?.healthy === false;
      const status = isWell ? (isDegraded ? 'degraded' : 'ok') : 'unavailable';
      return { isWell, body: { status, ready: observers.isReady(), components: { postgres, redis } } };
    },
  },
];

/** The health routes, each at `/health` for probes, and under `/api/v1`, where the API's clients look. */
export function buildHealthRoutes(observers: HealthObservers): Route[] {
  return CHECKS.flatMap((check) => [
    buildHealthRoute(observers, check, `/api/v1/health${check.path}`, `read${check.name}`),
    buildHealthRoute(observers, check, `/health${check.path}`, `probe${check.name}`),
  ]);
}

function buildHealthRoute(observers: HealthObservers, check: Check, path: string, operationId: string): Route {
  const { summary, well, ill, schema } = check;
  return defineRoute({
    method: 'get',
    path,
    operationId,
    summary,
    identity: 'none',
    answers: {
      200: { description: well, schema },
      ...(ill === undefined ? {} : { 503: { description: ill, schema } }),
    },
    problems: [],
    handle: async (): Promise<RouteAnswer> => {
      const { isWell, body } = await check.ask(observers);
      return { status: isWell ? 200 : 503, json: JSON.stringify(body) };
    },
  });
}
