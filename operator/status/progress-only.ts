import { type Condition, findCondition } from '../runtime/conditions.ts';
import type { ConditionType, StackStatus } from './stack-status.ts';

/** What says how a stack is; the rest (which component is where, counts of pods) is how far it has come. */
const verdicts: readonly ConditionType[] = ['Ready', 'Progressing', 'Degraded', 'BudgetFits'];

/**
 * Whether a status tells nothing but how far a roll-out has come that the one before told of already. Each pod that becomes ready
 * makes such a status, and nobody waits for it: it may be told a little later.
 */
export function isProgressOnly(previous: StackStatus, next: StackStatus): boolean {
  const same = (type: ConditionType, field: keyof Condition): boolean =>
    find(previous, type)?.[field] === find(next, type)?.[field];
  return (
    previous.observedGeneration === next.observedGeneration &&
    isRollingOut(next) &&
    verdicts.every((type) => same(type, 'status')) &&
    same('Degraded', 'reason')
  );
}

/** Whether a status tells of a roll-out under way. */
export function isRollingOut(status: StackStatus): boolean {
  return find(status, 'Progressing')?.status === 'True';
}

const find = ({ conditions = [] }: StackStatus, type: ConditionType): Condition | undefined =>
  findCondition(conditions, type);
