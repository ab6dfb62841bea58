import { z } from 'zod';

const count = z.int().min(0);

/** The answer of a process that is alive. */
export const liveness = z.object({ status: z.literal('ok') });

/** Whether traffic may come. */
export const readiness = z.object({ status: z.enum(['ok', 'not ready']) });

/** The cache's counters since the process started. */
export const cacheHealth = z
  .object({
    healthy: z.boolean(),
    metrics: z
      .object({
        hits: count,
        misses: count,
        bypasses: count,
        errors: count,
        sets: count,
        invalidations: count,
        evictions: count.nullable(),
        hitRatio: z.number().min(0).max(1),
      })
      .catchall(z.number().nullable()),
  })
  .meta({ id: 'CacheHealth' });

/** What is told where there is no cache. */
export const cacheIsOff = z.object({ healthy: z.literal(false), detail: z.string() });

/** The service and what it stands on. */
export const serviceHealth = z
  .object({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    ready: z.boolean(),
    components: z.object({
      postgres: z.object({ healthy: z.boolean(), detail: z.string().optional() }),
      redis: z.union([z.object({ healthy: z.boolean() }), z.object({ enabled: z.literal(false) })]),
    }),
  })
  .meta({ id: 'Health' });
