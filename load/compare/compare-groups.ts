import { type Group, keyOf, p95sOf } from '../results/groups.ts';
import { bootstrapRatioOfMedians, type Interval } from '../statistics/bootstrap.ts';
import { medianOf } from '../statistics/spread.ts';

/** What is said about a load under which both runs measured. */
export type Difference = 'slower' | 'faster' | 'no difference seen' | 'not judged';

/** A load under which both runs measured, and the 95th percentile of its latency in both. */
export type Comparison = {
  readonly group: Group;
  /** Medians of the blocks, in milliseconds. */
  readonly medians: readonly [before: number, after: number];
  /** After : before; undefined where one of them was measured too seldom for an interval. */
  readonly ratio: Interval | undefined;
  readonly difference: Difference;
};

/** A change smaller than this share is none, however sure: two runs of the same sources differ as much. */
export const LEAST_CHANGE = 0.05;

/** Slower or faster only where the interval excludes 1 and the change is large enough to matter. */
export function judgeRatio(ratio: Interval | undefined, leastChange: number): Difference {
  if (ratio === undefined) return 'not judged';
  if (ratio.low > 1 && ratio.estimate >= 1 + leastChange) return 'slower';
  if (ratio.high < 1 && ratio.estimate <= 1 - leastChange) return 'faster';
  return 'no difference seen';
}

/** Compares what both runs measured, in the order of the first. Loads that only one of them has are left out. */
export function compareGroups(
  before: readonly Group[],
  after: readonly Group[],
  { seed, leastChange }: { readonly seed: number; readonly leastChange: number },
): readonly Comparison[] {
  const others = new Map(after.map((group) => [keyOf(group), group]));
  return before.flatMap((group) => {
    const other = others.get(keyOf(group));
    const [one, two] = [p95sOf(group), other ? p95sOf(other) : []];
    if (one.length === 0 || two.length === 0) return [];
    const ratio = bootstrapRatioOfMedians(one, two, seed);
    return [{ group, medians: [medianOf(one), medianOf(two)], ratio, difference: judgeRatio(ratio, leastChange) }];
  });
}
