import type { Metrics } from '../telemetry/metrics.ts';

/** How a read of the cache ended: `bypass` = not asked to stay consistent, `error` = Redis away. */
export type CacheResult = 'hit' | 'miss' | 'bypass' | 'error';

/** What /health/cache tells, since this process started; `evictions` as Redis last reported them, since it started. */
export type CacheCounts = {
  readonly hits: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly errors: number;
  readonly sets: number;
  readonly invalidations: number;
  readonly evictions: number | null;
  /** hits / (hits + misses), from 0 to 1; 0 before the first read. */
  readonly hitRatio: number;
};

const CACHE = 'history';

/** Counts what the history cache does, for the health route and for Prometheus alike. */
export class CacheCounters {
  readonly #requests = { hit: 0, miss: 0, bypass: 0, error: 0 };
  readonly #metrics: Metrics;
  readonly #requestCounters: Record<CacheResult, { inc(): void }>;
  #sets = 0;
  #invalidations = 0;
  #evictions: number | null = null;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const counterOf = (result: CacheResult) => metrics.cacheRequests.labels({ cache: CACHE, result });
    this.#requestCounters = {
      hit: counterOf('hit'),
      miss: counterOf('miss'),
      bypass: counterOf('bypass'),
      error: counterOf('error'),
    };
  }

  countRequest(result: CacheResult): void {
    this.#requests[result] += 1;
    this.#requestCounters[result].inc();
  }

  countSet(): void {
    this.#sets += 1;
    this.#metrics.cacheSets.inc({ cache: CACHE });
  }

  countInvalidation(): void {
    this.#invalidations += 1;
    this.#metrics.cacheInvalidations.inc({ cache: CACHE });
  }

  /** Takes over what Redis reports; a lower number than before means that Redis was restarted. */
  observeEvictions(evictedKeys: number): void {
    const known = this.#evictions ?? 0;
    this.#metrics.cacheEvictions.inc({ cache: CACHE }, evictedKeys >= known ? evictedKeys - known : evictedKeys);
    this.#evictions = evictedKeys;
  }

  read(): CacheCounts {
    const { hit, miss, bypass, error } = this.#requests;
    return {
      hits: hit,
      misses: miss,
      bypasses: bypass,
      errors: error,
      sets: this.#sets,
      invalidations: this.#invalidations,
      evictions: this.#evictions,
      hitRatio: hit === 0 ? 0 : hit / (hit + miss),
    };
  }
}
