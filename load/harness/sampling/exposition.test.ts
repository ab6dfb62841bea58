import { expect, test } from '@jest/globals';
import { countOf, increaseOf, mostOf, parseExposition, sumOf } from './exposition.ts';

const text = `# HELP cache_requests_total Reads of a cache.
# TYPE cache_requests_total counter
cache_requests_total{cache="history",result="hit"} 4
cache_requests_total{cache="local",result="hit"} 38
cache_requests_total{cache="history",result="miss"} 2
process_resident_memory_bytes 1.5e8
`;

const series = parseExposition(text);

test('series of a metric are summed over the labels that are not asked for', () => {
  expect(sumOf(series, 'cache_requests_total', 'result="hit"')).toBe(42);
  expect(sumOf(series, 'cache_requests_total', 'cache="history"', 'result="miss"')).toBe(2);
  expect(sumOf(series, 'process_resident_memory_bytes')).toBe(150_000_000);
  expect(sumOf(series, 'cache_requests')).toBeUndefined();
});

test('the largest series of a metric, and how many there are, is told', () => {
  expect(mostOf(series, 'cache_requests_total')).toBe(38);
  expect(mostOf(series, 'cache_requests')).toBeUndefined();
  expect([countOf(series, 'cache_requests_total'), countOf(series, 'cache_requests')]).toEqual([3, 0]);
});

test('counters grow by what was added, also where a process began anew at 0, or is new', () => {
  const later = parseExposition(`cache_requests_total{cache="history",result="hit"} 3
cache_requests_total{cache="local",result="hit"} 40
cache_requests_total{cache="local",result="hit",instance="new"} 5`);
  expect(increaseOf(later, series, 'cache_requests_total', 'result="hit"')).toBe(3 + 2 + 5);
  expect(increaseOf(series, series, 'cache_requests_total')).toBe(0);
});
