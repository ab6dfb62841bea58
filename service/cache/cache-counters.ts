import type { Metrics } from '../telemetry/metrics.ts';

/** How a read of the cache ended: `bypass` = not asked to stay consistent, `error` = Redis away. */
export type CacheResult = 'hit' | 'miss' | 'bypass' | 'error';

/** How a look at the pages within this process ended: `bypass` = its stream of events is not healthy. */
export type LocalResult = 'hit' | 'miss' | 'bypass';

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
const LOCAL = 'local';

/** Counts what the history cache does, for the health route and for Prometheus alike. A page within the process is a hit too. */
export class CacheCounters {
  readonly #requests = { hit: 0, miss: 0, bypass: 0, error: 0 };
  readonly #metrics: Metrics;
  readonly #requestCounters: Record<CacheResult, { inc(): void }>;
  readonly #localCounters: Record<LocalResult, { inc(): void }>;
  #localHits = 0;
  #sets = 0;
  #invalidations = 0;
  #evictions: number | null = null;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const counterOf = (result: CacheResult, cache = CACHE) => metrics.cacheRequests.labels({ cache, result });
    this.#requestCounters = {
      hit: counterOf('hit'),
      miss: counterOf('miss'),
      bypass: counterOf('bypass'),
      error: counterOf('error'),
    };
    this.#localCounters = {
      hit: counterOf('hit', LOCAL),
      miss: counterOf('miss', LOCAL),
      bypass: counterOf('bypass', LOCAL),
    };
  }

  countLocal(result: LocalResult): void {
    if (result === 'hit') this.#localHits += 1;
    this.#localCounters[result].inc();
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
    const { miss, bypass, error } = this.#requests;
    const hit = this.#requests.hit + this.#localHits;
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
