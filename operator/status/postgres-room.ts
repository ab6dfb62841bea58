import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { findCondition } from '../runtime/conditions.ts';
import type { ComponentState } from './component-state.ts';
import type { ComponentName } from './observed-stack.ts';
import { isPlanned } from './planned-components.ts';
import type { StackStatus } from './stack-status.ts';
import type { StatusInput } from './summarize-status.ts';

const reason = 'DiskFull';

type States = Record<ComponentName, ComponentState>;

/** Whether a state tells of a disk without room. */
export const isFull = (state: Pick<ComponentState, 'reason'>): boolean => state.reason === reason;

/**
 * The states of a stack whose Postgres may have no room. Pods that are ready say nothing of that. What was said stays so until the contrary
 * is said: an operator that starts anew, or that Postgres does not answer, does not make a stack Ready.
 */
export function judgeRoom(
  { stack, room }: Pick<StatusInput, 'stack' | 'room'>,
  plan: StackPlan | undefined,
  states: States,
): States {
  const { conditions = [] } = (stack.status ?? {}) as StackStatus;
  const told = findCondition(conditions, 'PostgresReady');
  const isStillFull = room === undefined && told !== undefined && isFull(told);
  if (!(room === 'full' || isStillFull) || !isAsked(plan)) return states;
  const { phase, message } = states.postgres;
  const present = phase === 'rolling' || phase === 'stuck' ? `${message}; when Postgres was asked last: ` : '';
  const postgres = { ...states.postgres, phase: 'stuck', reason, message: `${present}${explain(stack.spec)}` } as const;
  return { ...states, postgres };
}

/** Nobody asks a Postgres of somebody else that only the service connects to. Without a plan, what was known is what runs still. */
const isAsked = (plan: StackPlan | undefined): boolean =>
  plan === undefined || isPlanned(plan, 'pgbouncer') || isPlanned(plan, 'postgres');

function explain(spec: unknown): string {
  const { mode } = (spec as { postgres?: { mode?: string } } | undefined)?.postgres ?? {};
  const remedy =
    mode === 'External'
      ? 'Make room on the server of spec.postgres.external'
      : 'Raise spec.postgres.storage.size, which its StorageClass has to allow, or make room';
  return `expected room on the disk of Postgres, found it full: what is sent is answered 503, what is stored can be read. ${remedy}; Ready comes back by itself`;
}
