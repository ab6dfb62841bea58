import { formatFaults } from '@chatstack/stack/api/fault.ts';
import type { Decided } from '../reconcile/decide.ts';
import type { StepRecord } from '../reconcile/step.ts';
import type { ComponentState } from './component-state.ts';
import { type ComponentName, componentNames } from './observed-stack.ts';
import { isPlanned } from './planned-components.ts';
import type { Verdict } from './stack-status.ts';

type States = Readonly<Record<ComponentName, ComponentState>>;

/** Whether the connections of the plan fit; `undefined` when this decision doesn't tell. */
export function judgeBudget(decided: Decided): Verdict | undefined {
  if (decided.kind === 'refused' && decided.of === 'version') return undefined;
  if (decided.kind === 'refused' && decided.of !== 'volume') {
    return decided.of === 'budget'
      ? { status: 'False', reason: 'ConnectionsExceedLimit', message: formatFaults(decided.faults) }
      : { status: 'Unknown', reason: 'NotPlanned', message: 'the spec has faults, so no budget could be computed' };
  }
  if (decided.plan === undefined) return undefined;
  const { total, limit, limitReason, headroom } = decided.plan.budgets.postgres;
  return {
    status: 'True',
    reason: 'Fits',
    message: `${total} of ${limit} connections (${limitReason}), ${headroom} spare`,
  };
}

const reasonOf = (decided: Extract<Decided, { kind: 'refused' }>): string =>
  decided.of === 'version' ? 'PlannedByNewerOperator' : 'PlanRefused';

/** Whether something is wrong that doesn't pass by itself. */
export function judgeDegraded(decided: Decided, records: readonly StepRecord[], states: States): Verdict {
  if (decided.kind === 'refused') {
    return { status: 'True', reason: reasonOf(decided), message: formatFaults(decided.faults) };
  }
  for (const { result } of records) {
    if (result.kind === 'stalled' || (result.kind === 'failed' && result.degraded)) {
      return { status: 'True', reason: result.reason, message: result.message };
    }
  }
  const stuck = componentNames.find((name) => states[name].phase === 'stuck');
  if (stuck) return { status: 'True', reason: states[stuck].reason, message: `${stuck}: ${states[stuck].message}` };
  return { status: 'False', reason: 'AsPlanned', message: 'nothing is wrong' };
}

/** Whether the stack is on its way to what was asked for. */
export function judgeProgressing(decided: Decided, records: readonly StepRecord[], states: States): Verdict {
  if (decided.kind === 'refused') {
    return {
      status: 'False',
      reason: reasonOf(decided),
      message: 'nothing is applied; running children stay as they are',
    };
  }
  if (decided.kind === 'suspended') {
    return {
      status: 'False',
      reason: 'Suspended',
      message: 'spec.suspend is true: nothing is applied until it is false; running children stay as they are',
    };
  }
  for (const { result } of records) {
    if (result.kind === 'waiting' || (result.kind === 'failed' && !result.degraded)) {
      return { status: 'True', reason: result.reason, message: result.message };
    }
  }
  const { plan } = decided;
  const moving = componentNames.find(
    (name) => states[name].phase === 'rolling' || (states[name].phase === 'missing' && isPlanned(plan, name)),
  );
  const stalled =
    records.some(({ result }) => result.kind !== 'done') ||
    componentNames.some((name) => states[name].phase === 'stuck');
  if (moving && !(stalled && states[moving].phase === 'missing')) {
    return { status: 'True', reason: states[moving].reason, message: `${moving}: ${states[moving].message}` };
  }
  return stalled
    ? { status: 'False', reason: 'Stalled', message: 'goes no further until its trouble ends; see Degraded' }
    : { status: 'False', reason: 'Settled', message: 'everything is as planned' };
}

/** What Ready rests on. */
export interface ReadyInput {
  readonly degraded: Verdict;
  readonly progressing: Verdict;
  readonly records: readonly StepRecord[];
  /** Verdicts on each component and the migration, by condition type. */
  readonly parts: Readonly<Record<string, Verdict | undefined>>;
}

/** Whether this very spec is served in full: every step done, every part True. */
export function judgeReady(decided: Decided, { degraded, progressing, records, parts }: ReadyInput): Verdict {
  if (decided.kind === 'refused') {
    const message = `${formatFaults(decided.faults)}\nNothing was changed; running children stay as they are.`;
    return { status: 'False', reason: reasonOf(decided), message };
  }
  if (decided.kind === 'suspended') return { ...progressing, status: 'Unknown' };
  const open = Object.entries(parts).find(([, verdict]) => verdict?.status !== 'True');
  const isDone = records.length > 0 && records.every(({ result }) => result.kind === 'done');
  if (isDone && open === undefined) {
    return { status: 'True', reason: 'AllComponentsReady', message: 'every component runs as planned' };
  }
  const cause = [degraded, progressing].find(({ status }) => status === 'True');
  if (cause) return { status: 'False', reason: cause.reason, message: cause.message };
  const [type, verdict] = open ?? [];
  return {
    status: 'False',
    reason: verdict?.reason ?? 'Waiting',
    message: verdict ? `${type}: ${verdict.message}` : progressing.message,
  };
}
