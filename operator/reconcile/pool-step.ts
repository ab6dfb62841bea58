import type { ReloadOutcome } from '../pgbouncer-admin/reload-until-equal.ts';
import type { SettingDifference } from '../pgbouncer-admin/setting-differences.ts';
import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { configAnnotation } from './child-kinds.ts';
import { holdPause, pauseForSwitchover } from './pause.ts';
import { consoleOf, observePoolers } from './poolers.ts';
import type { StepResult } from './step.ts';
import type { Work } from './work.ts';

/** Until the next look at a pooler whose mounted file is still the former one. The kubelet takes about a second. */
const shortMilliseconds = 500;
/** Until the next look at a pooler that doesn't answer, or has kept the former settings for long. */
const longMilliseconds = 5000;
/** Looks at the short interval before the long one: half a minute. */
const shortAttempts = 60;

/** One pooler that doesn't run the planned settings, as far as is known. */
interface Unverified {
  readonly pod: string;
  readonly outcome: Exclude<ReloadOutcome, { kind: 'equal' }>;
}

/**
 * Brings changed pool settings into running poolers without restarting them, and ends a pause:
 *
 *   SHOW CONFIG ── equal ──▶ remembered by the pod's uid
 *        │ different
 *        ▼
 *   annotate the pod (the kubelet then syncs its mounted ConfigMap at once) ──▶ RELOAD, SHOW CONFIG ──▶ again in 500 ms
 *
 * Each pooler is asked by itself and within a bound, so that one that can't be reached holds up no other.
 */
export async function reloadPoolers(work: Work): Promise<StepResult> {
  const { plan, memory } = work;
  if (plan.placement.pgbouncer.runs) await pauseForSwitchover(work);
  // Poolers that are on their way out keep what they run.
  const pods = plan.placement.pgbouncer.runs ? observePoolers(work.tools.cacheOf, work.stack) : [];
  const present = new Set(pods.map((pod) => pod.metadata.uid));
  for (const uid of memory.verifiedPoolers.keys()) if (!present.has(uid)) memory.verifiedPoolers.delete(uid);

  const open = pods.filter((pod) => memory.verifiedPoolers.get(pod.metadata.uid ?? '') !== plan.pgbouncer.configHash);
  const held = open.length === 0 ? undefined : holdPause(work);
  if (held !== undefined) return held;
  const outcomes = await Promise.all(open.map((pod) => bringUpToDate(work, pod)));
  const unverified = outcomes.filter((each) => each !== undefined);
  if (unverified.length === 0) {
    memory.poolAttempts = 0;
    return { kind: 'done' };
  }
  memory.poolAttempts += 1;
  return summarizeUnverified(unverified, memory.poolAttempts);
}

/** What to say of poolers that aren't up to date, and when to look again. */
export function summarizeUnverified(unverified: readonly Unverified[], attempts: number): StepResult {
  const unreachable = unverified.every(({ outcome }) => outcome.kind === 'unreachable');
  const message = unverified
    .map(({ pod, outcome }) =>
      outcome.kind === 'unreachable'
        ? `the admin console of pod ${pod} could not be asked: ${outcome.reason}`
        : `pod ${pod} does not run the planned settings yet: ${describeDifferences(outcome.differences)}`,
    )
    .join('; ');
  return {
    kind: 'waiting',
    reason: unreachable ? 'PoolerUnreachable' : 'PoolReloading',
    message,
    afterMilliseconds: unreachable || attempts > shortAttempts ? longMilliseconds : shortMilliseconds,
  };
}

const describeDifferences = (differences: readonly SettingDifference[]): string =>
  differences
    .map(({ name, expected, found }) => `${name} is ${found ?? 'unknown to it'}, planned ${expected}`)
    .join(', ');

async function bringUpToDate(work: Work, pod: KubernetesObject): Promise<Unverified | undefined> {
  const { tools, plan, memory, stack } = work;
  const { configHash } = plan.pgbouncer;
  // While the sizes wait their turn, a pause is ended and nothing else.
  const isHeld = work.held?.sizes === true;
  const reloadSettings = isHeld ? {} : plan.pgbouncer.reloadSettings;
  const outcome = await tools.reload(
    consoleOf(tools.cacheOf, pod, work.credentials as KubernetesObject),
    reloadSettings,
    // Pools that are always too small must be enlarged all the same.
    { sparing: memory.poolAttempts < shortAttempts },
  );
  if (outcome.kind !== 'unreachable' && outcome.resumed) {
    const message = `${pod.metadata.name} serves its clients again`;
    tools.events.record(stack, 'Normal', 'PoolerResumed', message);
  }
  if (outcome.kind === 'equal' && isHeld) return undefined;
  if (outcome.kind === 'equal') {
    memory.verifiedPoolers.set(pod.metadata.uid ?? '', configHash);
    if (outcome.reloaded) {
      tools.events.record(
        stack,
        'Normal',
        'PoolResized',
        `${pod.metadata.name} runs ${describePool(work)} without a restart`,
      );
    }
    return undefined;
  }
  if (outcome.kind === 'different' && pod.metadata.annotations?.[configAnnotation] !== configHash) {
    const body = { metadata: { annotations: { [configAnnotation]: configHash } } };
    tools.cacheOf(builtIn.pod).noteWritten(await tools.client.patch(builtIn.pod, keyOf(pod), body));
  }
  return { pod: pod.metadata.name, outcome };
}

function describePool(work: Work): string {
  const { size, reserve, min } = work.plan.pool;
  return `a pool of ${size} connections (reserve ${reserve}, minimum ${min})`;
}
