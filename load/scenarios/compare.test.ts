import { describe, expect, test } from '@jest/globals';
import type { Block } from '../results/load-run.ts';
import { planRate, roundRate } from './arrivals.ts';
import { compare, orderOf } from './compare.ts';
import { findHighest, isBorne } from './rising-rates.ts';
import type { Bench, Measurement } from './scenario.ts';

const settings = {
  ...{ rate: undefined, repetitions: 3, warmUpSeconds: 2, blockSeconds: 4, thinkSeconds: 10, connections: [10] },
  ...{ soakMinutes: 1, boundMilliseconds: 50, conversations: 10 },
};

/** A block as a stack makes it that bears up to 200 requests a second. */
const blockOf = ({ configuration, repetition, plan }: Measurement): Block => {
  const arrivalRate = plan.kind === 'open' ? (plan.phases.at(-1)?.arrivalRate ?? 0) : 0;
  const p95 = arrivalRate > 200 ? 300 : 10;
  return {
    ...{ scenario: 'compare', configuration, repetition, startedAt: '', seconds: 4, target: { arrivalRate } },
    requests: { answered: arrivalRate * 4, failed: 0, errors: {}, dropped: 0, perSecond: arrivalRate },
    ...{ latency: { read: { count: 1, mean: 1, max: 1, quantiles: [[0.95, p95]] } }, samples: [] },
  };
};

const benchOf = (rate?: number) => {
  const measured: Measurement[] = [];
  const looks: Measurement[] = [];
  const keep = (list: Measurement[]) => async (measurement: Measurement) => {
    list.push(measurement);
    return [blockOf(measurement)];
  };
  const bench: Bench = {
    ...{ settings: { ...settings, rate }, configurations: compare.configurations, full: 'full-stack' },
    ...{ blocks: () => [], say: () => undefined, measurePooler: async () => [] },
    ...{ measure: keep(measured), look: keep(looks) },
  };
  return { bench, measured, looks };
};

describe('the comparison', () => {
  test('has its blocks take turns, each configuration first in turn', async () => {
    const { bench, measured, looks } = benchOf(100);
    await compare.run(bench);
    expect(measured.map(({ configuration, repetition }) => `${configuration} ${repetition}`)).toEqual([
      ...['baseline 0', 'pooling 0', 'full-stack 0'],
      ...['pooling 1', 'full-stack 1', 'baseline 1'],
      ...['full-stack 2', 'baseline 2', 'pooling 2'],
    ]);
    expect(new Set(measured.map(({ plan }) => JSON.stringify(plan)))).toEqual(
      new Set([JSON.stringify(planRate(100, 2, 4))]),
    );
    expect(looks).toEqual([]);
  });

  test('finds a rate that baseline bears with room, and puts all to it', async () => {
    const { bench, measured, looks } = benchOf();
    await compare.run(bench);
    expect(new Set(looks.map(({ configuration }) => configuration))).toEqual(new Set(['baseline']));
    // 40, 60, 90, 130, 190 are borne, 280 is not; 70 % of 190, in two digits
    expect(measured[0]?.plan).toEqual(planRate(130, 2, 4));
  });

  test('has each configuration first equally often', () => {
    expect([0, 1, 2, 3].map((repetition) => orderOf('ABC'.split(''), repetition).join(''))).toEqual([
      ...['ABC', 'BCA', 'CAB', 'ABC'],
    ]);
    expect(orderOf(['given'], 2)).toEqual(['given']);
  });
});

test('a rate is borne when all was answered in time, well and soon', () => {
  const block = blockOf({ configuration: 'baseline', repetition: 0, plan: planRate(100, 0, 4) });
  const { requests } = block;
  expect(isBorne(block, 50)).toBe(true);
  expect(isBorne(block, 9)).toBe(false);
  expect(isBorne({ ...block, void: 'late' }, 50)).toBe(false);
  expect(isBorne({ ...block, requests: { ...requests, failed: 1 } }, 50)).toBe(false);
  expect(isBorne({ ...block, requests: { ...requests, perSecond: 97 } }, 50)).toBe(false);
});

test('rates rise until one is not borne twice, and none may be', async () => {
  const tried: string[] = [];
  const once = async (rate: number, repetition: number) => {
    tried.push(`${rate} ${repetition}`);
    return rate < 20 || (rate < 40 && repetition === 1);
  };
  expect(await findHighest(10, 2, once)).toBe(20);
  expect(tried).toEqual(['10 0', '20 0', '20 1', '40 0', '40 1']);
  expect(await findHighest(1, 1.3, async (rate) => rate <= 3)).toBe(3);
  expect(await findHighest(10, 2, async () => false)).toBeUndefined();
  expect([1.7, 42, 347, 1290].map(roundRate)).toEqual([1, 42, 340, 1200]);
});
