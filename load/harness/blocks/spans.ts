import type { CrowdPlan, FollowersPlan, OpenPlan } from '../../k6/k6-plan.ts';
import type { Block } from '../../results/load-run.ts';

/** A measured part of what a generator does, in seconds from its beginning. */
export type Span = {
  readonly start: number;
  readonly seconds: number;
  readonly target: Block['target'];
  /** Seconds before its start that are shown with it: the warm-up, or the span before. */
  readonly lead: number;
};

/** The measured parts of a plan, in order. */
export function spansOf(plan: OpenPlan | CrowdPlan | FollowersPlan): readonly Span[] {
  if (plan.kind === 'open') {
    const spans: Span[] = [];
    let start = 0;
    let lead = 0;
    for (const { seconds, arrivalRate, measured } of plan.phases) {
      if (measured) spans.push({ start, seconds, target: { arrivalRate }, lead });
      start += seconds;
      lead = measured ? seconds : lead + seconds;
    }
    return spans;
  }
  const start = plan.rampSeconds + plan.warmUpSeconds;
  const target =
    plan.kind === 'crowd'
      ? { connections: plan.connections }
      : { connections: plan.followed * plan.followersEach, arrivalRate: plan.sendRate };
  return [{ start, seconds: plan.seconds, target, lead: start }];
}

/** Seconds from the beginning of a plan to its end. */
export const lengthOf = (plan: OpenPlan | CrowdPlan | FollowersPlan): number =>
  plan.kind === 'open'
    ? plan.phases.reduce((sum, { seconds }) => sum + seconds, 0)
    : plan.rampSeconds + plan.warmUpSeconds + plan.seconds;
