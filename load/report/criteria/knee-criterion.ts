import { findBottleneck } from '../../results/bottleneck.ts';
import { type Group, loadOf } from '../../results/groups.ts';
import { LEAST_STEPS } from '../../statistics/knee.ts';
import { describeBottleneck } from '../describe-bottleneck.ts';
import { formatNumber, formatShare } from '../figures.ts';
import { kneeCurve, type StressCurve, shareOfProportional } from '../stress-curve.ts';
import { type Criterion, notMeasured } from './criterion.ts';

/** The group that explains a knee: the next load after it, where what is saturated stays so; else the knee's own. */
export function explainingGroup({ groups, knee }: StressCurve): Group | undefined {
  return groups.find((group) => loadOf(group) === knee?.after) ?? groups.at(-1);
}

const count = (value: number): string => value.toLocaleString('en');

/** Where more load is no longer answered with more, and why. */
export const kneeCriterion: Criterion = {
  title: 'the knee of the stress curve',
  target: 'found and explained',
  judge({ run, groups }) {
    const curve = kneeCurve(groups);
    if (curve === undefined) return notMeasured('no two loads of the scenario stress or peak');
    const { knee, unit, points } = curve;
    if (knee === undefined) {
      const most = count(points.at(-1)?.x ?? 0);
      if (points.length < LEAST_STEPS)
        return notMeasured(`${points.length} loads up to ${most} ${unit}; a knee needs three`);
      return notMeasured(
        `none up to ${most} ${unit}: answers were ${formatShare(shareOfProportional(curve))} of what is proportional to the first load`,
      );
    }
    const group = explainingGroup(curve);
    const bottleneck = group && findBottleneck(group, run);
    const isExplained = bottleneck !== undefined && bottleneck.kind !== 'unknown';
    return {
      state: isExplained ? 'met' : 'missed',
      measured: `at ${count(knee.x)} ${unit} (between ${count(knee.before)} and ${count(knee.after)}), with ${formatNumber(knee.y)} answers/s`,
      ...(bottleneck ? { note: describeBottleneck(bottleneck) } : {}),
    };
  },
};
