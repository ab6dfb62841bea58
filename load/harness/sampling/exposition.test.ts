import { expect, test } from '@jest/globals';
import { parseExposition, sumOf } from './exposition.ts';

const text = `# HELP cache_requests_total Reads of a cache.
# TYPE cache_requests_total counter
cache_requests_total{cache="history",result="hit"} 4
cache_requests_total{cache="local",result="hit"} 38
cache_requests_total{cache="history",result="miss"} 2
process_resident_memory_bytes 1.5e8
`;

test('series of a metric are summed over the labels that are not asked for', () => {
  const series = parseExposition(text);
  expect(sumOf(series, 'cache_requests_total', 'result="hit"')).toBe(42);
  expect(sumOf(series, 'cache_requests_total', 'cache="history"', 'result="miss"')).toBe(2);
  expect(sumOf(series, 'process_resident_memory_bytes')).toBe(150_000_000);
  expect(sumOf(series, 'cache_requests')).toBeUndefined();
});
