import { describe, expect, test } from '@jest/globals';
import { groupBlocks } from '../results/groups.ts';
import { type MadeUpStack, makeRun } from '../testing/synthetic-run.ts';
import { judgeRatios, keepRatios, ratiosOf } from './ratios.ts';

const measure = (changes: Partial<MadeUpStack> = {}) => {
  const run = makeRun(changes);
  return ratiosOf({ run, groups: groupBlocks(run) });
};

const kept = { arrivalRate: 200, runs: 3, ratios: keepRatios([1, 2, 3].map((seed) => measure({ seed }))) };

const worse = (changes: Partial<MadeUpStack>) =>
  judgeRatios(kept, measure({ seed: 4, ...changes })).flatMap(({ name, isKept }) => (isKept ? [] : [name]));

describe('The gate', () => {
  test('lets a run of the same sources pass', () => {
    expect(worse({})).toEqual([]);
  });

  test('lets another machine pass, on which all configurations are three times as slow', () => {
    expect(worse({ readMilliseconds: { baseline: 27, pooling: 21, 'full-stack': 6 } })).toEqual([]);
  });

  test('stops what is slower beside the other configurations', () => {
    expect(worse({ readMilliseconds: { baseline: 9, pooling: 7, 'full-stack': 4 } })).toEqual([
      'p50 full-stack : baseline',
      'p50 full-stack : pooling',
    ]);
  });

  test('stops a cache that answers less, and a pool that is waited for', () => {
    expect(worse({ hitRatio: 0.6 })).toEqual(['hit ratio']);
    expect(worse({ queueWaitMilliseconds: 40_000 })).toEqual(['long waits']);
  });

  test('stops a run that lacks what is to be judged', () => {
    const run = makeRun();
    const blocks = run.blocks.filter(({ configuration }) => configuration !== 'pooling');
    const verdicts = judgeRatios(kept, ratiosOf({ run, groups: groupBlocks({ ...run, blocks }) }));
    expect(verdicts.filter(({ isKept }) => !isKept).map(({ name }) => name)).toEqual(['p50 full-stack : pooling']);
  });

  test('tolerates what runs of the same sources lay apart, three times over, and a little at least', () => {
    const ratios = keepRatios(
      [0.4, 0.5, 0.6, 0.5, 0.5].map((hitRatio) => ({ 'hit ratio': hitRatio, 'long waits': 0 })),
    );
    expect(ratios['hit ratio']).toEqual({ value: 0.5, tolerance: 0.05 });
    const wide = keepRatios([0.4, 0.5, 0.6].map((hitRatio) => ({ 'hit ratio': hitRatio })));
    expect(wide['hit ratio']).toEqual({ value: 0.5, tolerance: 0.445 });
  });
});
