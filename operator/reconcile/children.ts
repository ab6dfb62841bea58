import type { Cache } from '../runtime/cache.ts';
import { controllerOf, type KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import type { ObservedStack } from '../status/observed-stack.ts';
import { labels, prunedKinds } from './child-kinds.ts';

/** The cache of a watched kind. Throws for a kind that isn't watched: a mistake in the program. */
export type CacheOf = (resource: Resource) => Cache;

/** The children of a stack as the watches last showed them; what was written since is in the caches already. */
export function observeStack(cacheOf: CacheOf, stack: KubernetesObject): ObservedStack {
  const workloads = [builtIn.statefulSet, builtIn.deployment].flatMap((kind) => ownedBy(cacheOf(kind), stack));
  return {
    workloads: new Map(workloads.map((each) => [each.metadata.labels?.[labels.component] ?? '', each])),
    jobs: ownedBy(cacheOf(builtIn.job), stack),
    pods: cacheOf(builtIn.pod)
      .list(stack.metadata.namespace)
      .filter((pod) => pod.metadata.labels?.[labels.instance] === stack.metadata.name),
  };
}

/** The volume of a stack's Postgres, also one that outlived a former stack of the name. It has no owner to find it by. */
export function observeVolume(cacheOf: CacheOf, stack: KubernetesObject): KubernetesObject | undefined {
  return cacheOf(builtIn.persistentVolumeClaim)
    .list(stack.metadata.namespace)
    .find(
      (claim) =>
        claim.metadata.labels?.[labels.instance] === stack.metadata.name &&
        claim.metadata.labels?.[labels.component] === 'postgres' &&
        claim.metadata.deletionTimestamp === undefined,
    );
}

/** Children that the plan once rendered and no longer does. */
export function observeLeftOver(
  cacheOf: CacheOf,
  stack: KubernetesObject,
  rendered: readonly KubernetesObject[],
): { resource: Resource; object: KubernetesObject }[] {
  const wanted = new Set(rendered.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`));
  return prunedKinds.flatMap((resource) =>
    ownedBy(cacheOf(resource), stack)
      .filter((object) => !wanted.has(`${resource.kind}/${object.metadata.name}`))
      .map((object) => ({ resource, object })),
  );
}

/** Only what this very stack controls: an object that merely carries the labels is somebody else's. */
function ownedBy(cache: Cache, stack: KubernetesObject): KubernetesObject[] {
  const uid = stack.metadata.uid ?? '';
  return cache.listByOwner(uid).filter((child) => controllerOf(child)?.uid === uid);
}
