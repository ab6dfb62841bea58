import { type Condition, findCondition } from '../runtime/conditions.ts';
import type { ConditionType, StackStatus } from './stack-status.ts';

/** An Event that a change of status is worth. */
export interface Transition {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * The Events that tell how a status came to differ from the one before. A status that says the same as before is worth none,
 * so that nothing is repeated however often a stack is looked at.
 */
export function buildTransitions(previous: StackStatus, next: StackStatus): Transition[] {
  const before = (type: ConditionType) => findCondition(previous.conditions ?? [], type);
  const after = (type: ConditionType) => findCondition(next.conditions ?? [], type);
  const became = (type: ConditionType, holds: (condition: Condition) => boolean): Condition | undefined => {
    const now = after(type);
    const then = before(type);
    return now && holds(now) && !(then && holds(then)) ? now : undefined;
  };
  const transitions: (Transition | undefined)[] = [
    tell('Normal', 'Suspended', became('Progressing', isSuspended)),
    before('Progressing')?.reason === 'Suspended' && after('Progressing')?.reason !== 'Suspended'
      ? { type: 'Normal', reason: 'Resumed', message: 'spec.suspend is false: the stack is reconciled again' }
      : undefined,
    tell('Warning', after('Degraded')?.reason ?? '', newTrouble(before('Degraded'), after('Degraded'))),
    // Ready says that, too.
    became('Ready', isTrue) ? undefined : tell('Normal', 'MigrationCompleted', became('MigrationComplete', isTrue)),
    tell('Normal', 'Ready', became('Ready', isTrue)),
    tellBackup(previous, next),
    previous.restore?.phase !== 'Complete' && next.restore?.phase === 'Complete'
      ? { type: 'Normal', reason: 'Restored', message: next.restore.message }
      : undefined,
    previous.credentials?.phase !== 'Refused' && next.credentials?.phase === 'Refused'
      ? { type: 'Warning', reason: 'RotationRefused', message: next.credentials.message }
      : undefined,
    // A roll-out, a resize, a pod that starts again: that is no trouble, and trouble has been told above.
    before('Ready')?.status === 'True' && after('Degraded')?.status !== 'True'
      ? tell('Normal', 'Progressing', became('Progressing', isTrue))
      : undefined,
  ];
  return transitions.filter((each) => each !== undefined);
}

function tellBackup({ backup: before }: StackStatus, { backup: after }: StackStatus): Transition | undefined {
  const made = after?.lastSuccess;
  if (made === undefined || made.id === before?.lastSuccess?.id) return undefined;
  const message = `Backup ${made.id} is complete: ${made.rows} rows, ${made.bytes} bytes, ${made.seconds} s`;
  return { type: 'Normal', reason: 'BackedUp', message };
}

const isTrue = (condition: Condition): boolean => condition.status === 'True';

const isSuspended = (condition: Condition): boolean => condition.reason === 'Suspended';

/** Trouble that wasn't there, or is another one now. Its words may change (counts of pods), its kind makes the difference. */
function newTrouble(before: Condition | undefined, after: Condition | undefined): Condition | undefined {
  if (after?.status !== 'True') return undefined;
  const isSame =
    before?.status === 'True' &&
    before.reason === after.reason &&
    (before.message === after.message || before.observedGeneration === after.observedGeneration);
  return isSame ? undefined : after;
}

function tell(type: Transition['type'], reason: string, condition: Condition | undefined): Transition | undefined {
  return condition && { type, reason, message: condition.message };
}
