import type { Alarm, StackName } from './alarm.ts';

/** Alarms that are tried one after the other, beside those of other lanes. */
export type Lane = {
  readonly stack: StackName;
  readonly alarms: readonly Alarm[];
  /** Whether others of the same stack go on beside it: what fires then may be theirs. */
  readonly isShared: boolean;
  /** Requests per second: the lanes of a stack share them out. */
  readonly rate: number;
};

/** The lanes of alarms, in their order. `rate`: requests per second of each stack. Pure. */
export function buildLanes(alarms: readonly Alarm[], rate: number): readonly Lane[] {
  const stacks = Map.groupBy(alarms, ({ stack }) => stack);
  return [...stacks].flatMap(([stack, own]) => {
    const lanes = [...Map.groupBy(own, ({ lane }) => lane).values()];
    return lanes.map((each) => ({ stack, alarms: each, isShared: lanes.length > 1, rate: rate / lanes.length }));
  });
}
