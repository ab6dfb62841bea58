import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../runtime/conditions.ts';
import { isProgressOnly } from './progress-only.ts';
import type { StackStatus } from './stack-status.ts';

type Statuses = Partial<Record<string, Condition['status']>>;

function statusOf(statuses: Statuses, reasons: Record<string, string> = {}, observedGeneration = 1): StackStatus {
  const all: Statuses = { Ready: 'False', Progressing: 'True', Degraded: 'False', BudgetFits: 'True', ...statuses };
  const conditions = Object.entries(all).map(([type, status]) => ({
    type,
    status,
    reason: reasons[type] ?? 'Reason',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  return { observedGeneration, conditions } as StackStatus;
}

const rolling = statusOf({ PostgresReady: 'False' });

describe('a status that only tells how far a roll-out has come', () => {
  test.each([
    ['a component that became ready', statusOf({ PostgresReady: 'True' })],
    ['the next thing that is waited for', statusOf({}, { Progressing: 'Migrating', Ready: 'Migrating' })],
  ])('is one with %s', (_, next) => {
    expect(isProgressOnly(rolling, next)).toBe(true);
  });

  test.each<[string, StackStatus, StackStatus]>([
    ['the first status', {}, rolling],
    ['another generation', rolling, statusOf({}, {}, 2)],
    ['a stack that became Ready', rolling, statusOf({ Ready: 'True', Progressing: 'False' })],
    ['a stack that is no longer Ready', statusOf({ Ready: 'True', Progressing: 'False' }), rolling],
    ['trouble', rolling, statusOf({ Degraded: 'True' })],
    [
      'other trouble',
      statusOf({ Degraded: 'True' }, { Degraded: 'PodStuck' }),
      statusOf({ Degraded: 'True' }, { Degraded: 'MigrationFailed' }),
    ],
    ['a budget that no longer fits', rolling, statusOf({ BudgetFits: 'False' })],
    ['the end of the roll-out', rolling, statusOf({ Progressing: 'False' })],
  ])('is not %s', (_, previous, next) => {
    expect(isProgressOnly(previous, next)).toBe(false);
  });
});
