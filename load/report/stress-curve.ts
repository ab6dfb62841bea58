import { type Group, loadOf } from '../results/groups.ts';
import { findKnee, type Knee, type LoadPoint, proportionalTo } from '../statistics/knee.ts';
import { medianOf } from '../statistics/spread.ts';

/** Right answers a second under each load of a scenario, and where the curve bends. */
export type StressCurve = {
  readonly scenario: 'stress' | 'peak';
  /** What the load is counted in. */
  readonly unit: 'connections' | 'requests/s';
  readonly groups: readonly Group[];
  readonly points: readonly LoadPoint[];
  readonly knee: Knee | undefined;
};

/** Answers a second that were what was asked for: the median of the blocks. */
const rightAnswers = ({ blocks }: Group): number => medianOf(blocks.map(({ requests }) => requests.perSecond));

/** The curve of a scenario, for the full stack or the one that was given; undefined where fewer than two loads were measured. */
export function curveOf(groups: readonly Group[], scenario: 'stress' | 'peak'): StressCurve | undefined {
  const steps = groups.filter(
    (group) =>
      group.scenario === scenario && ['full-stack', 'given'].includes(group.configuration) && loadOf(group) > 0,
  );
  if (steps.length < 2) return undefined;
  const points = steps.map((group) => ({ x: loadOf(group), y: rightAnswers(group) }));
  const unit = scenario === 'stress' ? 'connections' : 'requests/s';
  return { scenario, unit, groups: steps, points, knee: findKnee(points) };
}

/** The curve that shows the knee: that of connections, else that of rates; where neither has one, the first that was measured. */
export function kneeCurve(groups: readonly Group[]): StressCurve | undefined {
  const curves = (['stress', 'peak'] as const).flatMap((scenario) => curveOf(groups, scenario) ?? []);
  return curves.find(({ knee }) => knee !== undefined) ?? curves[0];
}

/** The share of what is proportional to the first step that was answered at the last. NaN without steps. */
export function shareOfProportional({ points }: StressCurve): number {
  const [first, last] = [points[0], points.at(-1)];
  return first === undefined || last === undefined ? Number.NaN : last.y / proportionalTo(first, last.x);
}
