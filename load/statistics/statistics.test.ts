import { describe, expect, test } from '@jest/globals';
import { createRandom, drawNormal } from '../model/random.ts';
import { keptShares, type Latency } from '../results/load-run.ts';
import { bootstrapPairedRatio, bootstrapRatioOfMedians } from './bootstrap.ts';
import { findKnee, type LoadPoint } from './knee.ts';
import { latencyAt, mixedLatencyAt } from './mixture.ts';
import { medianOf, quantileOf, spreadOf } from './spread.ts';

describe('Quantiles', () => {
  test('are those of R (type 7) between values', () => {
    const values = [15, 20, 35, 40, 50];
    expect(quantileOf(values, 0.4)).toBeCloseTo(29);
    expect(quantileOf(values, 0)).toBe(15);
    expect(quantileOf(values, 1)).toBe(50);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  });

  test('of nothing are no number, and its spread is none', () => {
    expect(medianOf([])).toBeNaN();
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('A latency', () => {
  /** Every value up to the most is as frequent as any other. */
  const uniform = (count: number, max: number): Latency => ({
    count,
    mean: max / 2,
    max,
    quantiles: keptShares.map((share): [number, number] => [share, share * max]),
  });

  test('is read at any share, between kept points on the line', () => {
    expect(latencyAt(uniform(100, 1_000), 0.95)).toBeCloseTo(950);
    expect(latencyAt(uniform(100, 1_000), 0.975)).toBeCloseTo(975);
    expect(latencyAt(uniform(100, 1_000), 1)).toBe(1_000);
  });

  test('of several kinds counts each by its requests', () => {
    // F(t) = 0.9 · min(1, t/100) + 0.1 · t/1000: the 95th percentile is 500, where the first is done and half of the second.
    expect(mixedLatencyAt([uniform(900, 100), uniform(100, 1_000)], 0.95)).toBeCloseTo(500, 3);
    expect(mixedLatencyAt([uniform(900, 100), uniform(0, 1_000)], 0.5)).toBeCloseTo(50, 3);
    expect(mixedLatencyAt([], 0.5)).toBeNaN();
  });
});

describe('A bootstrap interval', () => {
  test('of pairs is about their ratios, whatever the machine did from one repetition to the next', () => {
    const pairs = [10, 40, 20, 80, 30].map((value) => [value, value / 2] as const);
    expect(bootstrapPairedRatio(pairs, 1)).toEqual({ estimate: 0.5, low: 0.5, high: 0.5 });
  });

  test('lies within what was seen, around the median, and is the same for the same seed', () => {
    const pairs = [1.1, 0.9, 1, 1.3, 0.8].map((ratio) => [100, 100 * ratio] as const);
    const interval = bootstrapPairedRatio(pairs, 3);
    expect(interval).toEqual(bootstrapPairedRatio(pairs, 3));
    expect(interval?.estimate).toBeCloseTo(1);
    expect(interval?.low).toBeGreaterThanOrEqual(0.8);
    expect(interval?.low).toBeLessThan(0.95);
    expect(interval?.high).toBeLessThanOrEqual(1.3);
    expect(interval?.high).toBeGreaterThan(1.05);
  });

  test('is none of fewer than five repetitions, which cannot carry it', () => {
    expect(
      bootstrapPairedRatio(
        [
          [1, 2],
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        1,
      ),
    ).toBeUndefined();
    expect(bootstrapRatioOfMedians([1, 2, 3, 4, 5], [1, 2, 3, 4], 1)).toBeUndefined();
  });

  test('of samples that differ by nothing but chance holds 1 nearly always, of those that differ does not', () => {
    const random = createRandom(11);
    const draw = (around: number) => Array.from({ length: 5 }, () => around * Math.exp(0.1 * drawNormal(random)));
    const holdsOne = (around: number) =>
      Array.from({ length: 40 }, (_, seed) => bootstrapRatioOfMedians(draw(100), draw(around), seed)).filter(
        (interval) => interval !== undefined && interval.low <= 1 && interval.high >= 1,
      ).length;
    expect(holdsOne(100)).toBeGreaterThanOrEqual(36);
    expect(holdsOne(150)).toBeLessThanOrEqual(4);
  });
});

describe('The knee', () => {
  const curve = (answer: (load: number) => number, loads = [1_000, 2_000, 3_000, 4_000, 6_000, 8_000]): LoadPoint[] =>
    loads.map((x) => ({ x, y: answer(x) }));

  test('is where answers stop to follow the load, with the steps beside it', () => {
    const knee = findKnee(curve((load) => Math.min(load / 8, 380)));
    expect(knee).toEqual({ x: 3_000, y: 375, before: 2_000, after: 4_000 });
  });

  test('is found where answers fall after it', () => {
    expect(findKnee(curve((load) => (load <= 4_000 ? load / 8 : 500 - load / 40)))?.x).toBe(4_000);
  });

  test('is found out of three steps, in any order', () => {
    const points = curve((load) => Math.min(load, 5_000) / 8, [10_000, 1_000, 5_000]);
    expect(findKnee(points)?.x).toBe(5_000);
  });

  test('of a curve that is flat from the first step on lies at or before that', () => {
    expect(findKnee(curve(() => 400))).toEqual({ x: 1_000, y: 400, before: 0, after: 2_000 });
  });

  test('is none where answers grow in proportion, noise and all', () => {
    const random = createRandom(2);
    expect(findKnee(curve((load) => load / 8))).toBeUndefined();
    expect(findKnee(curve((load) => (load / 8) * (1 + 0.04 * (random() - 0.5))))).toBeUndefined();
  });

  test('is none of two steps', () => {
    expect(findKnee(curve((load) => Math.min(load, 2_000), [1_000, 8_000]))).toBeUndefined();
  });
});
