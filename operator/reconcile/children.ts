import { optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import { authorityName, type CertificateSource } from '@chatstack/stack/plan/plan-tls.ts';
import {
  certificateSourceAnnotation,
  reachesAnnotation,
  usuallyReached,
} from '@chatstack/stack/render/kubernetes/labels.ts';
import type { Cache, Indexer } from '../runtime/cache.ts';
import { controllerOf, formatKey, type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import type { ObservedStack } from '../status/observed-stack.ts';
import { componentOf, labels, optionalResource, prunedKinds } from './child-kinds.ts';
import { recordKey } from './stack-record.ts';

/** The caches of the watched kinds. */
export interface CacheOf {
  /** Throws for a kind that isn't watched: a mistake in the program. */
  (resource: Resource): Cache;
  /** The cache of an optional kind: `undefined` while the cluster doesn't serve it. */
  readonly optional: (resource: Resource) => Cache | undefined;
}

/** Files every watched child under its stack, by `namespace/name`, whether it has an owner or not. */
export const byStack: Readonly<Record<'stack', Indexer>> = {
  stack: ({ metadata }) => {
    const name = metadata.labels?.[labels.instance];
    return name === undefined ? [] : [formatKey({ namespace: metadata.namespace ?? '', name })];
  },
};

/** The objects of a kind that carry the labels of a stack. */
export function listOfStack(cache: Cache, stack: Pick<KubernetesObject, 'metadata'>): KubernetesObject[] {
  return cache.listBy('stack', formatKey(keyOf(stack)));
}

/** The children of a stack as the watches last showed them; what was written since is in the caches already. */
export function observeStack(cacheOf: CacheOf, stack: KubernetesObject): ObservedStack {
  const workloads = [builtIn.statefulSet, builtIn.deployment].flatMap((kind) => ownedBy(cacheOf(kind), stack));
  const cluster = observeCluster(cacheOf, stack);
  if (cluster) workloads.push(cluster);
  return {
    workloads: new Map(workloads.map((each) => [componentOf(each), each])),
    replication: ownedBy(cacheOf.optional(optionalResource(optionalKinds.redisReplication)), stack)[0],
    jobs: ownedBy(cacheOf(builtIn.job), stack),
    backupJobs: ownedBy(cacheOf(builtIn.cronJob), stack).flatMap((cronJob) => ownedBy(cacheOf(builtIn.job), cronJob)),
    pods: listOfStack(cacheOf(builtIn.pod), stack),
  };
}

/** The Cluster of a stack's Postgres, where CloudNativePG runs it. It may have no owner to find it by. */
export function observeCluster(cacheOf: CacheOf, stack: KubernetesObject): KubernetesObject | undefined {
  const key = { namespace: stack.metadata.namespace ?? '', name: `${stack.metadata.name}-postgres` };
  const cluster = cacheOf.optional(optionalResource(optionalKinds.cloudNativePgCluster))?.get(key);
  return cluster?.metadata.labels?.[labels.instance] === stack.metadata.name ? cluster : undefined;
}

/** Pods of a component, also those that start or end. */
export const observePods = (
  cacheOf: CacheOf,
  stack: Pick<KubernetesObject, 'metadata'>,
  component: string,
): KubernetesObject[] => listOfStack(cacheOf(builtIn.pod), stack).filter((pod) => componentOf(pod) === component);

/** Whether all containers of a pod have ended for good. */
export const hasPodEnded = ({ status }: KubernetesObject): boolean =>
  ['Succeeded', 'Failed'].includes((status as { phase?: string } | undefined)?.phase ?? '');

/** The components that pods of the service talk to, those that are ending included. */
export function observeReaches(cacheOf: CacheOf, stack: KubernetesObject): ReadonlySet<string> {
  return new Set(
    observePods(cacheOf, stack, 'service').flatMap(
      (pod) => pod.metadata.annotations?.[reachesAnnotation]?.split(',') ?? usuallyReached,
    ),
  );
}

/** The volume of a stack's Postgres, of its backups or of its Prometheus, also one that outlived a former stack of the name. It has no owner to find it by. */
export function observeVolume(
  cacheOf: CacheOf,
  stack: KubernetesObject,
  component: 'postgres' | 'backup' | 'prometheus' = 'postgres',
): KubernetesObject | undefined {
  return listOfStack(cacheOf(builtIn.persistentVolumeClaim), stack).find(
    (claim) => componentOf(claim) === component && claim.metadata.deletionTimestamp === undefined,
  );
}

/** Who issues the certificates that a stack has already. */
export function observeCertificateSource(cacheOf: CacheOf, stack: KubernetesObject): CertificateSource | undefined {
  const key = { namespace: stack.metadata.namespace ?? '', name: authorityName(stack.metadata.name) };
  const source = cacheOf(builtIn.secret).get(key)?.metadata.annotations?.[certificateSourceAnnotation];
  return source === 'SelfSigned' || source === 'CertManager' ? source : undefined;
}

/** Children that the plan once rendered and no longer does. The record of the plan itself is none of them. */
export function observeLeftOver(
  cacheOf: CacheOf,
  stack: KubernetesObject,
  rendered: readonly KubernetesObject[],
): { resource: Resource; object: KubernetesObject }[] {
  const wanted = new Set(rendered.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`));
  wanted.add(`ConfigMap/${recordKey(stack).name}`);
  return prunedKinds.flatMap((resource) =>
    ownedBy(cacheOf.optional(resource), stack)
      .filter((object) => !wanted.has(`${resource.kind}/${object.metadata.name}`))
      .map((object) => ({ resource, object })),
  );
}

/** Only what this very stack controls: an object that merely carries the labels is somebody else's. */
function ownedBy(cache: Cache | undefined, stack: KubernetesObject): KubernetesObject[] {
  const uid = stack.metadata.uid ?? '';
  return cache?.listByOwner(uid).filter((child) => controllerOf(child)?.uid === uid) ?? [];
}
