import { listObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { controllerOf, type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { summarizeWorkload } from '../status/component-state.ts';
import { summarizeMigration } from '../status/migration-state.ts';
import { componentOf } from './child-kinds.ts';
import { observeLeftOver, observePods, observeStack } from './children.ts';
import type { StepResult } from './step.ts';
import { manifestsOf, type Work } from './work.ts';

/** How many migration Jobs of former versions are kept, for their logs. */
const keptJobs = 3;

/**
 * Deletes children that the plan no longer renders, once the service has rolled out: until then processes of the former
 * version still use them. Volumes and Secrets are never deleted.
 */
export async function pruneLeftOver(work: Work): Promise<StepResult> {
  const { tools, stack } = work;
  const manifests = manifestsOf(work);
  const migration = manifests.migration as KubernetesObject;
  const jobs = tools.cacheOf(builtIn.job).listByOwner(stack.metadata.uid ?? '');
  const owned = jobs.filter((job) => controllerOf(job)?.uid === stack.metadata.uid && componentOf(job) === 'migration');
  await deleteChildren(
    work,
    selectFormerJobs(owned, migration.metadata.name).map((object) => ({ resource: builtIn.job, object })),
  );
  const rendered = listObjects(manifests) as KubernetesObject[];
  const leftOver = observeLeftOver(tools.cacheOf, stack, rendered);
  if (leftOver.length === 0) return { kind: 'done' };
  const service = summarizeWorkload(observeStack(tools.cacheOf, stack).workloads.get('service'), []);
  if (service.phase !== 'ready' || isServiceEnding(work)) {
    const names = leftOver.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(', ');
    return { kind: 'waiting', reason: 'Pruning', message: `${names} go when the service has rolled out` };
  }
  await deleteChildren(work, leftOver);
  return { kind: 'done' };
}

/** Processes of the service that still finish what they began. */
const isServiceEnding = ({ tools, stack }: Work): boolean =>
  observePods(tools.cacheOf, stack, 'service').some(({ metadata }) => metadata.deletionTimestamp !== undefined);

/**
 * The migration Jobs beside the current one that are too many, the oldest of them, and those that haven't ended: the database
 * has its version by now, and one that can't start (its image is missing) would hold room and retry for half an hour.
 */
export function selectFormerJobs(jobs: readonly KubernetesObject[], current: string): KubernetesObject[] {
  const age = (job: KubernetesObject) => job.metadata.creationTimestamp ?? '';
  const former = jobs.filter((job) => job.metadata.name !== current && job.metadata.deletionTimestamp === undefined);
  const tooMany = former
    .filter(hasEnded)
    .toSorted(
      (one, other) => age(other).localeCompare(age(one)) || one.metadata.name.localeCompare(other.metadata.name),
    )
    .slice(keptJobs);
  return [...former.filter((job) => !hasEnded(job)), ...tooMany];
}

const hasEnded = (job: KubernetesObject): boolean => ['complete', 'failed'].includes(summarizeMigration(job, []).phase);

/** Deletes children at once and tells it. */
export async function deleteChildren(
  work: Work,
  children: readonly { resource: Resource; object: KubernetesObject }[],
): Promise<void> {
  const present = children.filter(({ object }) => object.metadata.deletionTimestamp === undefined);
  for (const { resource, object } of present) {
    const { uid } = object.metadata;
    await work.tools.client.delete(resource, keyOf(object), {
      propagationPolicy: 'Background',
      ...(uid === undefined ? {} : { uid }),
    });
  }
  if (present.length === 0) return;
  const names = present.map(({ resource, object }) => `${resource.kind} ${object.metadata.name}`).join(', ');
  work.tools.events.record(work.stack, 'Normal', 'Pruned', `Deleted ${names}, which the plan no longer has`);
}
