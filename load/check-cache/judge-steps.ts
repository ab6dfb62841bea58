import type { CacheHealth, HistoryPage, StoredMessage } from '@chatstack/client/messages.ts';
import type { Verdict } from './step.ts';

/** The cache must be healthy and count: without Redis every read is a MISS and the other steps say nothing. */
export function judgeInitial(cache: CacheHealth): Verdict {
  if (!hasCounters(cache)) {
    const found = typeof cache.detail === 'string' ? cache.detail : 'no counters';
    return notSo(
      found,
      'metrics.hits and metrics.misses in the answer of /api/v1/health/cache; is the cache switched on?',
    );
  }
  const { hits, misses } = cache.metrics;
  const found = `${hits} hits, ${misses} misses, ratio ${formatRatio(hitRatioOf(cache))}`;
  if (cache.healthy === true) return { kind: 'so', found: `healthy, ${found}` };
  return notSo(`unhealthy, ${found}`, 'is Redis running, do REDIS_URL and REDIS_PASSWORD lead to it?');
}

/** A page size that nobody uses is not in the cache; found there all the same, another client reads the same one. */
export function judgeFirstRead(first: HistoryPage): Verdict {
  if (!first.fromCache) return { kind: 'so', found: describePage(first) };
  return disturbed(
    describePage(first),
    'every page size that was tried was answered from the cache before anyone can have asked for it: ' +
      'does fromCache tell the truth, is limit part of the cache key?',
  );
}

/** The same page again: from the cache, unless the conversation has moved on in between. */
export function judgeSecondRead(first: HistoryPage, second: HistoryPage): Verdict {
  const found = describePage(second);
  if (second.version > first.version) return disturbed(found, 'other clients send faster than two reads follow');
  if (second.version < first.version) {
    return notSo(found, `the first read showed version ${first.version}: a reader went back in time`);
  }
  if (!second.fromCache) {
    return notSo(found, 'is ENABLE_REDIS_CACHE true, is Redis writable, does /api/v1/health/cache count sets?');
  }
  if (idsOf(first) !== idsOf(second)) {
    return notSo(`${found}, other messages`, 'the cached page differs from the stored one: look at the cache key');
  }
  return { kind: 'so', found };
}

/** A send moves the version of its conversation on. */
export function judgeSend(before: HistoryPage, sent: StoredMessage): Verdict {
  const found = `version ${sent.version}`;
  if (sent.version > before.version) return { kind: 'so', found };
  return notSo(found, `the page before had version ${before.version}: the send did not move the conversation on`);
}

/** After the send the cached page must not be served, and the page from the database has the message. */
export function judgeThirdRead(sent: StoredMessage, third: HistoryPage, pageSize: number): Verdict {
  const has = third.messages.some(({ id }) => id === sent.message.id);
  const found = `${describePage(third)}, ${has ? 'with' : 'without'} the sent message`;
  if (has && !third.fromCache) return { kind: 'so', found };
  if (has) return disturbed(found, 'another client reads the same page between a send and the next read');
  if (third.version - sent.version >= pageSize) return disturbed(found, 'other clients push messages off the page');
  return notSo(
    found,
    third.fromCache
      ? 'a page older than an acknowledged send was served: the send did not invalidate it'
      : 'the database does not show an acknowledged message: is a replica read, is the page ordered newest first?',
  );
}

/** Whether the answer has the two counters that the hit ratio is made of. */
export function hasCounters(cache: CacheHealth): boolean {
  return Number.isFinite(cache.metrics?.hits) && Number.isFinite(cache.metrics?.misses);
}

/** Hits in all lookups, 0 to 1; 0 before the first lookup. Computed here so that a wrong ratio is not repeated. */
export function hitRatioOf({ metrics: { hits, misses } }: CacheHealth): number {
  return hits + misses === 0 ? 0 : hits / (hits + misses);
}

/** A ratio as a percentage with one decimal. */
export function formatRatio(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function describePage({ fromCache, version, messages }: HistoryPage): string {
  return `${fromCache ? 'HIT' : 'MISS'}, version ${version}, ${messages.length} messages`;
}

function idsOf(page: HistoryPage): string {
  return page.messages.map(({ id }) => id).join(' ');
}

function notSo(found: string, advice: string): Verdict {
  return { kind: 'not so', found, advice };
}

function disturbed(found: string, advice: string): Verdict {
  return { kind: 'disturbed', found, advice };
}
