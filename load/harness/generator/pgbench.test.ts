import { expect, test } from '@jest/globals';
import { readTimes } from './pgbench.ts';

test('transactions count when they ended within the span, by the time from when they were due', () => {
  const logs = ['0 1 2000 0 99 999999 5\n1 1 4000 0 100 0 5\n', '2 1 1000 0 101 500000 5\n2 2 9000 0 102 0 5\n'];
  const latency = readTimes(logs, { from: 100_000, to: 102_000 });
  expect(latency).toMatchObject({ count: 2, mean: 2.5, max: 4 });
  expect(latency.quantiles.at(0)).toEqual([0.05, 1]);
  expect(latency.quantiles.at(-1)).toEqual([0.9999, 4]);
  expect(readTimes([], { from: 0, to: 1 })).toEqual({ count: 0, mean: 0, max: 0, quantiles: [] });
});
