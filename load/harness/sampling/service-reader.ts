import { increaseOf, mostOf, type Series, sumOf } from './exposition.ts';
import type { Reading } from './probe.ts';

/** Makes readings of the series of a service's processes, one look after the other. */
export type ServiceReader = {
  readonly read: (series: Series) => Reading;
  /** Starts of processes since the first look. */
  readonly restarts: () => number;
};

const starts = (series: Series): readonly string[] =>
  [...series].filter(([key]) => /^process_start_time_seconds\b/.test(key)).map(([key, value]) => `${key} ${value}`);

/** Reads what the service tells of itself; `first` is what it told before there was load. */
export function createServiceReader(first: Series): ServiceReader {
  let last = first;
  const seen = new Set(starts(first));
  const before = seen.size;
  return {
    read: (series) => {
      for (const start of starts(series)) seen.add(start);
      const reading = readingOf(series, last);
      last = series;
      return reading;
    },
    restarts: () => seen.size - before,
  };
}

function readingOf(series: Series, last: Series): Reading {
  const requests = (...labels: readonly string[]) => increaseOf(series, last, 'cache_requests_total', ...labels);
  const hits = requests('result="hit"'); // in the process or in Redis; a miss in the process goes on to Redis
  const misses = requests('cache="history"', 'result="miss"');
  const open = sumOf(series, 'http_connections');
  const delay = mostOf(series, 'nodejs_eventloop_lag_p99_seconds');
  const bytes = sumOf(series, 'process_resident_memory_bytes');
  return {
    ...(hits + misses > 0 ? { hitRatio: hits / (hits + misses) } : {}),
    ...(open === undefined ? {} : { clientConnections: open }),
    ...(delay === undefined || Number.isNaN(delay) ? {} : { eventLoopDelayMilliseconds: delay * 1000 }),
    ...(bytes === undefined ? {} : { serviceBytes: bytes }),
  };
}
