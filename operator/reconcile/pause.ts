import { credentialsName } from '@chatstack/stack/plan/plan-input.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { findSwitchover } from '../status/cluster-state.ts';
import { observeCluster } from './children.ts';
import { findInterruption } from './interruption.ts';
import { consoleOf, observePoolers } from './poolers.ts';
import { missingKeys, readRememberedSecret } from './secrets.ts';
import type { StackMemory } from './stack-memory.ts';
import type { StepResult } from './step.ts';
import type { ReconcileTools, Work } from './work.ts';

/**
 * How long clients are had wait for a Postgres that starts again, in milliseconds. After it they are told errors instead, for
 * something is wrong with it.
 */
export const longestPauseMilliseconds = 30_000;

/** How long the transactions under way may take to end, in milliseconds. What takes longer fails with the restart. */
const drainMilliseconds = 3000;

/**
 * Has the clients of every pooler wait, before something interrupts Postgres:
 *
 *   PAUSE ──▶ Postgres restarts, or another instance takes over ──▶ RESUME (the step `pool`) ──▶ RELOAD
 *
 * That they are paused is remembered by the poolers themselves, not by this process: whoever reconciles the stack next and finds no
 * interruption resumes them. Poolers that can't be paused hold up nothing: their clients see the interruption.
 */
export async function pausePoolers(work: Work, why: string): Promise<void> {
  const { tools, stack, memory } = work;
  const credentials = work.credentials as KubernetesObject;
  const pods = observePoolers(tools.cacheOf, stack);
  if (pods.length === 0) return;
  memory.hold = { since: memory.hold?.paused ? memory.hold.since : tools.now(), paused: true };
  for (const { metadata } of pods) {
    memory.verifiedPoolers.delete(metadata.uid ?? '');
    memory.resumedPoolers.delete(metadata.uid ?? '');
  }
  const options = { waitSeconds: longestPauseMilliseconds / 1000 };
  const outcomes = await Promise.all(
    pods.map(async (pod) => ({
      name: pod.metadata.name,
      outcome: await tools.pause(consoleOf(tools.cacheOf, pod, credentials, drainMilliseconds), options),
    })),
  );
  const others = outcomes.flatMap(({ name, outcome }) =>
    outcome.kind === 'paused' ? [] : [`; ${name} is ${outcome.kind}: ${outcome.reason}`],
  );
  const message = `The clients of ${pods.length} poolers wait, at most ${options.waitSeconds} s: ${why}${others.join('')}`;
  tools.events.record(stack, others.length > 0 ? 'Warning' : 'Normal', 'PoolersPaused', message);
}

/**
 * Has clients wait while CloudNativePG makes another instance the primary, or starts the primary again: nobody asked us first. Once for
 * each time, however long that takes.
 */
export async function pauseForSwitchover(work: Work): Promise<void> {
  const { tools, stack, memory } = work;
  const cluster = observeCluster(tools.cacheOf, stack);
  const switchover = cluster && findSwitchover(cluster);
  if (switchover === undefined) {
    if (cluster !== undefined) memory.hold = undefined;
  } else if (memory.hold?.paused !== true) await pausePoolers(work, switchover);
}

/**
 * Whether poolers that are paused, or may be, stay as they are because Postgres is interrupted: the result of the step that would resume
 * them; `undefined` when there is nothing to wait for, or was for long enough. An operator that starts in the middle counts from then on.
 */
export function holdPause({ tools, stack, memory }: Pick<Work, 'tools' | 'stack' | 'memory'>): StepResult | undefined {
  const interruption = findInterruption(tools.cacheOf, stack);
  if (interruption === undefined) {
    memory.hold = undefined;
    return undefined;
  }
  memory.hold ??= { since: tools.now(), paused: false };
  const { since, paused } = memory.hold;
  const afterMilliseconds = since + longestPauseMilliseconds - tools.now();
  if (afterMilliseconds <= 0) return undefined;
  const message = paused
    ? `clients wait at the poolers, at most ${longestPauseMilliseconds / 1000} s: ${interruption}`
    : `the poolers are looked at when Postgres takes clients: ${interruption}`;
  return { kind: 'waiting', reason: paused ? 'PoolersPaused' : 'PostgresStarting', message, afterMilliseconds };
}

/** Until poolers that didn't answer are asked again, in milliseconds. */
const askAgainMilliseconds = 5000;

/**
 * Ends the pauses of a stack whose steps don't come as far as its poolers (a refused spec, one that is suspended, trouble before them):
 * clients must not wait for a change that is not being made. Each pooler is asked once. Answers when to look again, in milliseconds.
 */
export async function endLeftPauses(
  tools: ReconcileTools,
  stack: KubernetesObject,
  memory: StackMemory,
): Promise<number | undefined> {
  const isUnknown = ({ metadata: { uid = '' } }: KubernetesObject) =>
    !memory.resumedPoolers.has(uid) && !memory.verifiedPoolers.has(uid);
  const unknown = observePoolers(tools.cacheOf, stack).filter(isUnknown);
  if (unknown.length === 0) return undefined;
  const held = holdPause({ tools, stack, memory });
  if (held?.kind === 'waiting') return held.afterMilliseconds;
  const name = credentialsName(stack.metadata.name);
  const key = { namespace: stack.metadata.namespace ?? '', name };
  const credentials =
    tools.cacheOf(builtIn.secret).get(key) ?? (await readRememberedSecret({ tools, stack, memory }, name));
  if (missingKeys(credentials, ['pgbouncer-admin-password']).length > 0) return undefined;
  const outcomes = await Promise.all(
    unknown.map(async (pod) => ({
      uid: pod.metadata.uid ?? '',
      outcome: await tools.reload(consoleOf(tools.cacheOf, pod, credentials as KubernetesObject), {}),
    })),
  );
  const reached = outcomes.filter(({ outcome }) => outcome.kind !== 'unreachable');
  for (const { uid } of reached) memory.resumedPoolers.add(uid);
  return reached.length < outcomes.length ? askAgainMilliseconds : undefined;
}
