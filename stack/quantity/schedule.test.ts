import { expect, test } from '@jest/globals';
import { longestGapSeconds } from './schedule.ts';

const hour = 3600;
const day = 24 * hour;

test.each([
  ['@hourly', hour],
  ['@daily', day],
  ['@weekly', 7 * day],
  ['@monthly', 31 * day],
  ['0 3 * * *', day],
  ['*/15 * * * *', hour / 4],
  ['0,10 * * * *', (hour * 50) / 60],
  ['7/20 * * * *', hour / 3],
  ['0 3,15 * * *', hour * 12],
  ['30 8-10 * * *', 22 * hour],
  ['0 3 * * MON-FRI', 3 * day],
  ['0 3 1 jan *', 366 * day],
  ['0 3 29 2 *', 4 * 365 * day + day],
])('%s leaves at most %d seconds between two runs', (schedule, seconds) => {
  expect(longestGapSeconds(schedule)).toBe(seconds);
});

test('where date and day are both restricted, either is enough', () => {
  expect(longestGapSeconds('0 3 1 * 1')).toBe(7 * day);
  expect(longestGapSeconds('0 3 10-12 * */3')).toBe(3 * day);
  expect(longestGapSeconds('0 3 * * 1')).toBe(7 * day);
});

test('asking again costs next to nothing', () => {
  const [times, milliseconds] = [10_000, 1_000];
  const begun = performance.now();
  for (let asked = 0; asked < times; asked += 1) longestGapSeconds('0 3 * * 2');
  expect(performance.now() - begun).toBeLessThan(milliseconds);
});

test.each([
  '',
  '@yearly',
  '0 3 * *',
  '60 3 * * *',
  '0 3 0 * *',
  '0 9-3 * * *',
  '0 3 * * moon',
  '*/0 * * * *',
  '0 3 30 2 *',
])('"%s" has none', (schedule) => {
  expect(longestGapSeconds(schedule)).toBeUndefined();
});
