import type { Condition } from '../runtime/conditions.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { StackStatus } from '../status/stack-status.ts';

/** The status of a stack, empty while it has none. */
export const statusOf = (stack: KubernetesObject): StackStatus => (stack.status ?? {}) as StackStatus;

/** The conditions of a stack. */
export const conditionsOf = (stack: KubernetesObject): readonly Condition[] => statusOf(stack).conditions ?? [];

/** Conditions that say that something goes on, which is neither good nor bad. */
const underWay: readonly string[] = ['Progressing', 'Rotating'];

/** Conditions that should be False. The others should be True. */
const wishedFalse: readonly string[] = ['Degraded'];

/** Whether a condition is as one wishes. */
export const isAsWished = ({ type, status }: Condition): boolean =>
  underWay.includes(type) || status === (wishedFalse.includes(type) ? 'False' : 'True');

/** Whether it tells of something that goes on. */
export const isUnderWay = ({ type, status }: Condition): boolean => underWay.includes(type) && status === 'True';
