import type { KubernetesObject, ObjectKey } from '../runtime/object.ts';
import { done, type Outcome, stalled, waiting } from '../runtime/outcome.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { summarizeStatus } from '../status/summarize-status.ts';
import { buildTransitions } from '../status/transitions.ts';
import { chatStackResource } from './child-kinds.ts';
import { observeStack, observeVolume } from './children.ts';
import { type Decided, decide } from './decide.ts';
import { StackMemories } from './stack-memory.ts';
import { runSteps, type StepRecord } from './step.ts';
import { stackSteps } from './steps.ts';
import type { ReconcileTools, Work } from './work.ts';

/** What the reconciler is told beside its tools. */
export interface ReconcilerOptions {
  /** Image of the service for stacks that name none; `undefined`: the one of this version. */
  readonly serviceImage: string | undefined;
}

/**
 * Builds the function that brings one stack to what its spec says:
 *
 *   gather (caches) → decide (parse, plan, volume) → steps (render, apply in order) → summarize (status, Events) → outcome
 *
 * A refused or suspended stack runs no step, so that its children stay as they are. Writes are skipped where nothing differs:
 * an unchanged stack costs neither a write nor a read.
 */
export function createStackReconciler(
  tools: ReconcileTools,
  options: ReconcilerOptions,
): (key: ObjectKey) => Promise<Outcome> {
  const memories = new StackMemories();
  const stacks = tools.cacheOf(chatStackResource);
  return async (key) => {
    const stack = stacks.get(key);
    if (stack === undefined) {
      memories.retain(new Set(stacks.list().map((each) => each.metadata.uid ?? '')));
      return done;
    }
    // Its children go with it, by their owner references; making them again would only delay that.
    if (stack.metadata.deletionTimestamp !== undefined) return done;
    const volume = observeVolume(tools.cacheOf, stack);
    const decided = decide(stack, { serviceImage: options.serviceImage, volume });
    const { records, migrationName } = await runDecided(tools, memories, stack, decided);
    await writeStatus(tools, stack, { decided, records, migrationName });
    return concludeOutcome(decided, records);
  };
}

interface Ran {
  readonly records: readonly StepRecord[];
  readonly migrationName: string | undefined;
}

async function runDecided(
  tools: ReconcileTools,
  memories: StackMemories,
  stack: KubernetesObject,
  decided: Decided,
): Promise<Ran> {
  if (decided.kind !== 'apply') return { records: [], migrationName: undefined };
  const work: Work = { tools, stack, plan: decided.plan, memory: memories.of(stack.metadata.uid ?? '') };
  const records = await runSteps(stackSteps, work);
  return { records, migrationName: work.manifests?.migration.metadata.name };
}

async function writeStatus(
  tools: ReconcileTools,
  stack: KubernetesObject,
  ran: Ran & { readonly decided: Decided },
): Promise<void> {
  const previous = (stack.status ?? {}) as StackStatus;
  const observed = observeStack(tools.cacheOf, stack);
  const status = summarizeStatus({ stack, observed, now: tools.now(), ...ran });
  await tools.applier.applyStatus(stack, status);
  // After the status: a reconcile that fails to write it tells at its next attempt, not twice.
  for (const { type, reason, message } of buildTransitions(previous, status)) {
    tools.events.record(stack, type, reason, message);
  }
}

/**
 * When to look again: an error with back-off, else after the shortest time some step asked for, else when a watch tells.
 * Throws the first error that a step failed with.
 */
export function concludeOutcome(decided: Decided, records: readonly StepRecord[]): Outcome {
  if (decided.kind === 'refused')
    return stalled(`the spec is refused: ${decided.faults.map(({ path }) => path).join(', ')}`);
  const failed = records.find(({ result }) => result.kind === 'failed');
  if (failed?.result.kind === 'failed') throw failed.result.error;
  const open = records.flatMap(({ name, result }) =>
    result.kind === 'waiting' || result.kind === 'stalled' ? [{ ...result, why: `${name}: ${result.message}` }] : [],
  );
  const again = records.flatMap(({ name, result }) =>
    result.kind === 'done' ? [{ ...result, why: `${name}: looks again at what no watch shows` }] : [],
  );
  const timed = [...open, ...again]
    .flatMap(({ afterMilliseconds, why }) => (afterMilliseconds === undefined ? [] : [{ afterMilliseconds, why }]))
    .toSorted((one, other) => one.afterMilliseconds - other.afterMilliseconds)[0];
  if (timed) return waiting(timed.afterMilliseconds, timed.why);
  const stuck = open.find(({ kind }) => kind === 'stalled');
  return stuck ? stalled(stuck.why) : done;
}
