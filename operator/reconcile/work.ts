import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { AdminConsoleTarget } from '../pgbouncer-admin/admin-console.ts';
import type { ReloadOutcome } from '../pgbouncer-admin/reload-until-equal.ts';
import type { Applied, Applier } from '../runtime/apply.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { CacheOf } from './children.ts';
import type { StackMemory } from './stack-memory.ts';

/** What reconciling works with, the same for every stack. */
export interface ReconcileTools {
  readonly client: KubernetesClient;
  readonly applier: Applier;
  readonly cacheOf: CacheOf;
  readonly events: EventRecorder;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Passwords of new stacks. */
  readonly buildPassword: () => string;
  /** Brings one pooler to the planned settings; replaced in tests that have no pod network. */
  readonly reload: (target: AdminConsoleTarget, expected: Readonly<Record<string, string>>) => Promise<ReloadOutcome>;
  readonly development: boolean;
}

/** One reconcile of one stack whose plan holds. Steps hand on through it what later steps need. */
export interface Work {
  readonly tools: ReconcileTools;
  readonly stack: KubernetesObject;
  readonly plan: StackPlan;
  readonly memory: StackMemory;
  /** Set by the step that makes sure of the passwords: manifests carry its revision. */
  manifests?: KubernetesObjects;
  /** The Secret with the generated passwords, set by the same step. */
  credentials?: KubernetesObject;
}

/** Whether this stack has never had a status: what it finds already there was somebody's before. */
export function isNewStack(stack: KubernetesObject): boolean {
  return (stack.status as { observedGeneration?: number } | undefined)?.observedGeneration === undefined;
}

/** The manifests, for steps that need the one that sets them. */
export function manifestsOf(work: Work): KubernetesObjects {
  if (work.manifests === undefined)
    throw new Error('expected a step that runs after the credentials, found one before');
  return work.manifests;
}

/** Applies manifests at once (they don't depend on each other) and tells what was made, adopted or repaired. Throws the first error. */
export async function applyTogether(work: Work, manifests: readonly object[]): Promise<KubernetesObject[]> {
  const settled = await Promise.allSettled(
    manifests.map((manifest) => work.tools.applier.apply(manifest as KubernetesObject, work.stack.metadata.uid)),
  );
  const applied = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  recordApplied(work, applied);
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
  return applied.map((each) => each.object);
}

function recordApplied(work: Work, applied: readonly Applied[]): void {
  const created = applied.filter((each) => each.action === 'created').map((each) => title(each.object));
  if (created.length > 0) work.tools.events.record(work.stack, 'Normal', 'Created', `Created ${created.join(', ')}`);
  for (const { object } of applied.filter(({ action }) => action === 'adopted')) {
    const message = `${title(object)} was there before the stack; what the stack needs of it is overwritten`;
    work.tools.events.record(work.stack, 'Normal', 'Adopted', message);
  }
  for (const each of applied.filter(({ action }) => action === 'repaired')) {
    const paths = each.repairedPaths.slice(0, 5).join(', ');
    work.tools.events.record(work.stack, 'Warning', 'Repaired', `Reverted changes to ${title(each.object)}: ${paths}`);
  }
}

const title = (object: KubernetesObject): string => `${object.kind} ${object.metadata.name}`;
