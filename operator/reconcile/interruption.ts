import { findDeviations } from '../runtime/compare.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { findSwitchover } from '../status/cluster-state.ts';
import { isRolledOut } from '../status/component-state.ts';
import { type CacheOf, observeCluster } from './children.ts';
import { postgresName } from './poolers.ts';

/**
 * Why Postgres takes no clients for some seconds, in words; `undefined` when it isn't interrupted by anything that was asked for. A
 * crash is none: nobody knows when it ends, and clients who are told so at once are better off than those who wait.
 */
export function findInterruption(cacheOf: CacheOf, stack: KubernetesObject): string | undefined {
  const key = { namespace: stack.metadata.namespace ?? '', name: postgresName(stack) };
  const workload = cacheOf(builtIn.statefulSet).get(key);
  if (workload !== undefined) return isRolledOut(workload) ? undefined : 'Postgres starts again with other settings';
  const cluster = observeCluster(cacheOf, stack);
  return cluster && findSwitchover(cluster);
}

/** Longest list of what changed that is told. */
const toldPaths = 3;

/**
 * What a manifest changes about the pod of a Postgres that serves, so that the pod is replaced; `undefined` when it isn't, or when
 * there is nobody to wait for it.
 */
export function findPlannedRestart(
  manifest: KubernetesObject | undefined,
  live: KubernetesObject | undefined,
): string | undefined {
  const ready = (live?.status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
  if (manifest === undefined || live === undefined || ready === 0) return undefined;
  const template = (object: KubernetesObject) => (object.spec as { template?: unknown } | undefined)?.template;
  const paths = [...findDeviations(template(manifest), template(live)).keys()];
  if (paths.length === 0) return undefined;
  return paths.length > toldPaths ? `${paths.slice(0, toldPaths).join(', ')} and more` : paths.join(', ');
}
