import { type Group, latencyOf } from '../../results/groups.ts';
import type { Block, ConfigurationName } from '../../results/load-run.ts';
import { bootstrapPairedRatio, type Interval } from '../../statistics/bootstrap.ts';

/** Values of the blocks of two groups that belong to the same repetition. */
export const pairUp = (
  one: Group,
  other: Group,
  measure: (block: Block) => number,
): readonly (readonly [number, number])[] =>
  one.blocks.flatMap((block) => {
    const partner = other.blocks.find(({ repetition }) => repetition === block.repetition);
    if (partner === undefined) return [];
    const pair = [measure(block), measure(partner)] as const;
    return pair.every(Number.isFinite) ? [pair] : [];
  });

/** Groups of the comparison by configuration, at the highest rate at which all that are there were measured. */
export function comparedGroups(groups: readonly Group[]): ReadonlyMap<ConfigurationName, Group> {
  const compared = groups.filter(({ scenario }) => scenario === 'compare');
  const byRate = [...Map.groupBy(compared, ({ target }) => target.arrivalRate).values()];
  const most = Math.max(0, ...byRate.map(({ length }) => length));
  const chosen = byRate.findLast(({ length }) => length === most) ?? [];
  return new Map(chosen.map((group) => [group.configuration, group]));
}

/** Ratio of a latency's quantile of one configuration to that of another, paired by repetition. Undefined with too few pairs for an interval. */
export const compareLatency = (
  one: Group,
  other: Group,
  seed: number,
  measure: (block: Block) => number = (block) => latencyOf(block, 0.95),
): Interval | undefined => bootstrapPairedRatio(pairUp(one, other, measure), seed);
