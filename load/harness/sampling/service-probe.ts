import { parseExposition, type Series, sumOf } from './exposition.ts';
import type { Probe, Reading } from './probe.ts';

const patience = 900; // ms: a round is a second

const sockets = (series: Series): number | undefined => {
  const all = sumOf(series, 'nodejs_active_resources', 'type="TCPSocketWrap"');
  return all === undefined ? undefined : all - (sumOf(series, 'db_pool_total_connections') ?? 0);
};

/**
 * Asks `/metrics` of one service process. Opened before there are clients: the sockets it has then (to Redis, and the scrape's own) are
 * none of theirs.
 */
export async function openServiceProbe(url: string): Promise<Probe> {
  const scrape = async (): Promise<Series> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw new Error(`expected metrics at ${url}, found status ${answer.status}`);
    return parseExposition(await answer.text());
  };
  let last = await scrape();
  const own = sockets(last) ?? 0;
  let restarts = 0;
  return {
    read: async () => {
      const series = await scrape();
      if (sumOf(series, 'process_start_time_seconds') !== sumOf(last, 'process_start_time_seconds')) restarts += 1;
      const reading = readingOf(series, last, own);
      last = series;
      return reading;
    },
    restarts: () => restarts,
  };
}

function readingOf(series: Series, last: Series, own: number): Reading {
  const since = (...labels: readonly string[]): number =>
    (sumOf(series, 'cache_requests_total', ...labels) ?? 0) - (sumOf(last, 'cache_requests_total', ...labels) ?? 0);
  const hits = since('result="hit"'); // in the process or in Redis; a miss in the process goes on to Redis
  const misses = since('cache="history"', 'result="miss"');
  const open = sockets(series);
  const delay = sumOf(series, 'nodejs_eventloop_lag_p99_seconds');
  const bytes = sumOf(series, 'process_resident_memory_bytes');
  return {
    ...(hits + misses > 0 ? { hitRatio: hits / (hits + misses) } : {}),
    ...(open === undefined ? {} : { clientConnections: Math.max(open - own, 0) }),
    ...(delay === undefined || Number.isNaN(delay) ? {} : { eventLoopDelayMilliseconds: delay * 1000 }),
    ...(bytes === undefined ? {} : { serviceBytes: bytes }),
  };
}
