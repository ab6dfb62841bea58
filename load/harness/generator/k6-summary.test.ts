import { describe, expect, test } from '@jest/globals';
import { keptShares } from '../../results/load-run.ts';
import { crossedThresholds, k6SummarySchema, readOutcome, trendStatistics } from './k6-summary.ts';

const counter = (count: number) => ({ type: 'counter', values: { count, rate: 1 } });
const trend = (count: number) => ({
  type: 'trend',
  values: Object.fromEntries(trendStatistics.map((name, index) => [name, name === 'count' ? count : index])),
});
const summary = (metrics: object) => k6SummarySchema.parse({ metrics, state: {} });

describe('what became of a span', () => {
  test('has each kind’s times at all shares that are kept', () => {
    const { latency } = readOutcome(summary({ read_0: trend(90), send_0: trend(10), answered_0: counter(100) }), 0, 20);
    expect(Object.keys(latency)).toEqual(['read', 'send']);
    expect(latency.read?.quantiles.map(([share]) => share)).toEqual(keptShares);
    expect(latency.read?.quantiles.every(([, value]) => value > 0)).toBe(true);
    expect(latency.read).toMatchObject({ count: 90, mean: 1, max: 2 });
  });

  test('counts answers, and failures by their names', () => {
    const metrics = { read_1: trend(60), answered_1: counter(60), failed_1: counter(3), status_503_1: counter(3) };
    expect(readOutcome(summary(metrics), 1, 20)).toMatchObject({
      requests: { answered: 60, failed: 3, errors: { 'status 503': 3 }, dropped: 0, perSecond: 3 },
    });
  });

  test('is void where requests could not begin, or none ended', () => {
    const dropped = { read_0: trend(60), answered_0: counter(60), dropped_iterations: counter(2) };
    expect(readOutcome(summary(dropped), 0, 20).void).toContain('2 requests were due and could not begin');
    expect(readOutcome(summary({}), 0, 20).void).toContain('no request ended');
    expect(readOutcome(summary({ read_0: trend(60), answered_0: counter(60) }), 0, 20).void).toBeUndefined();
  });

  test('counts what was acknowledged and did not reach a follower as failed', () => {
    const metrics = { deliver_0: trend(97), send_0: trend(10), answered_0: counter(10) };
    const { requests } = readOutcome(summary({ ...metrics, expected_deliveries_0: counter(100) }), 0, 10);
    expect(requests).toMatchObject({ failed: 3, errors: { 'not delivered': 3 } });
    expect(readOutcome(summary({ ...metrics, expected_deliveries_0: counter(97) }), 0, 10).requests.failed).toBe(0);
  });
});

test('thresholds that were crossed are told as the script states them', () => {
  const metrics = {
    dropped_iterations: { ...counter(1), thresholds: { 'count==0': { ok: false } } },
    failed_0: { ...counter(0), thresholds: { 'count==0': { ok: true } } },
  };
  expect(crossedThresholds(summary(metrics))).toEqual(['dropped_iterations count==0']);
});
