/** A standard Kubernetes condition. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** When `status` last changed (RFC 3339, seconds). */
  lastTransitionTime: string;
  observedGeneration?: number | undefined;
}

/** A condition before it is stamped. */
export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/**
 * The conditions with `input` set: replaced in place, or added at the end. lastTransitionTime moves to `now`
 * (milliseconds since 1970) only when the status changes; an input that changes nothing gives back the same array,
 * so that an unchanged status compares equal and is not written.
 */
export function setCondition(conditions: readonly Condition[], input: ConditionInput, now: number): Condition[] {
  const index = conditions.findIndex((each) => each.type === input.type);
  const previous = conditions[index];
  const stamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  if (previous === undefined) {
    return [...conditions, { ...input, lastTransitionTime: stamp }];
  }
  const same = previous.status === input.status;
  const next: Condition = { ...input, lastTransitionTime: same ? previous.lastTransitionTime : stamp };
  if (isSameCondition(previous, next)) {
    return conditions as Condition[];
  }
  return conditions.map((each, position) => (position === index ? next : each));
}

/** The condition of a type. */
export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((each) => each.type === type);
}

function isSameCondition(one: Condition, other: Condition): boolean {
  return (
    one.status === other.status &&
    one.reason === other.reason &&
    one.message === other.message &&
    one.observedGeneration === other.observedGeneration
  );
}
