import type { KubernetesObject } from '../runtime/object.ts';
import { isProgressOnly } from '../status/progress-only.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { type StatusInput, summarizeStatus } from '../status/summarize-status.ts';
import { buildTransitions } from '../status/transitions.ts';
import { observeStack } from './children.ts';
import { reportStack } from './report-stack.ts';
import type { StackMemory } from './stack-memory.ts';
import type { ReconcileTools } from './work.ts';

/** How long the status of a roll-out stays as it was told, unless more changes than how far it has come; milliseconds. */
const progressMilliseconds = 5_000;

/** What came of a reconcile; `decided`: with the plan that counts in the end. */
export type Ran = Pick<
  StatusInput,
  'decided' | 'records' | 'migrationName' | 'awaiting' | 'plannedBy' | 'server' | 'rotation'
>;

/**
 * Keeps what was found out for the metrics, writes the status if it changed, and tells of the change by Events. A status that only tells how far a roll-out has come waits until
 * the one before was there for `progressMilliseconds`: the answer is the rest of that time, after which the stack is to be looked at again.
 */
export async function writeStatus(
  tools: ReconcileTools,
  memory: StackMemory,
  stack: KubernetesObject,
  ran: Ran,
): Promise<number | undefined> {
  const previous = (stack.status ?? {}) as StackStatus;
  const now = tools.now();
  const observed = observeStack(tools.cacheOf, stack);
  const status = summarizeStatus({
    ...{ stack, observed, now, ...ran },
    version: tools.planner.version,
    room: memory.room,
  });
  reportStack(tools, stack, { decided: ran.decided, observed, status });
  const rest = memory.statusWrittenAt + progressMilliseconds - now;
  // More than the whole time: the clock was set back.
  if (rest > 0 && rest <= progressMilliseconds && isProgressOnly(previous, status)) return rest;
  const { action } = await tools.applier.applyStatus(stack, status);
  if (action !== 'unchanged') memory.statusWrittenAt = now;
  // After the status: a reconcile that fails to write it tells at its next attempt, not twice.
  for (const { type, reason, message } of buildTransitions(previous, status)) {
    tools.events.record(stack, type, reason, message);
  }
  return undefined;
}
