import type { KubernetesObject } from '../runtime/object.ts';
import type { ComponentState } from './component-state.ts';

/** What CloudNativePG says of a Cluster, of which the operator reads this. */
interface ClusterStatus {
  phase?: string;
  phaseReason?: string;
  instances?: number;
  readyInstances?: number;
  currentPrimary?: string;
  targetPrimary?: string;
  image?: string;
}

/** The phase of a Cluster in which nothing is under way. */
const healthyPhase = 'Cluster in healthy state';

/** Phases in which the primary starts again where it is. */
const restartPhases = [
  'Primary instance is being restarted in-place',
  'Primary instance is being restarted without a switchover',
];

/** Phases that a person has to end. */
const stuckPhases = [
  'Waiting for user action',
  'Not enough disk space',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required',
  'Cluster cannot proceed to reconciliation due to an error while interacting with plugins',
  'Cluster has incomplete or invalid image catalog',
  'Cluster is unrecoverable and needs manual intervention',
  'Cluster cannot execute instance online upgrade due to missing architecture binary',
  'Unable to create required cluster objects',
  'Invalid cluster definition',
];

const statusOf = (cluster: KubernetesObject): ClusterStatus => (cluster.status ?? {}) as ClusterStatus;

/**
 * Why a Cluster of CloudNativePG takes no writes for the moment, in words: another instance is taking over, or the primary starts again;
 * `undefined` when neither is so. One that never had a primary has nobody who waits for it.
 */
export function findSwitchover(cluster: KubernetesObject): string | undefined {
  const { currentPrimary, targetPrimary, phase = '' } = statusOf(cluster);
  if (!currentPrimary) return undefined;
  if (targetPrimary && targetPrimary !== currentPrimary) {
    return `${targetPrimary === 'pending' ? 'another instance' : targetPrimary} takes over from the primary ${currentPrimary}`;
  }
  return restartPhases.includes(phase) ? `the primary ${currentPrimary} starts again` : undefined;
}

/** Whether the primary of a Cluster takes writes, however many others are still to come or lost. */
export function takesWrites(cluster: KubernetesObject): boolean {
  const { currentPrimary, readyInstances = 0 } = statusOf(cluster);
  return Boolean(currentPrimary) && readyInstances > 0 && findSwitchover(cluster) === undefined;
}

/** The state of a Cluster, as of a workload: ready when its primary takes writes and every instance is ready. */
export function summarizeCluster(cluster: KubernetesObject | undefined): ComponentState {
  if (cluster === undefined) {
    const message = 'not created yet';
    return { phase: 'missing', ready: 0, desired: 0, image: undefined, reason: 'NotCreated', message };
  }
  const { instances = 1, imageName } = cluster.spec as { instances?: number; imageName?: string };
  const {
    phase = 'waits for CloudNativePG',
    phaseReason,
    readyInstances = 0,
    currentPrimary,
    image,
  } = statusOf(cluster);
  const counts = { ready: readyInstances, desired: instances, image: image ?? imageName };
  const progress = `${Math.min(readyInstances, instances)} of ${instances} instances ready`;
  const told = `${progress}, ${currentPrimary ? `primary ${currentPrimary}` : 'no primary yet'}: ${phase}${phaseReason ? ` (${phaseReason})` : ''}`;
  if (stuckPhases.includes(phase)) return { phase: 'stuck', ...counts, reason: 'ClusterStuck', message: told };
  const switchover = findSwitchover(cluster);
  if (switchover !== undefined)
    return { phase: 'rolling', ...counts, reason: 'Switchover', message: `${progress}: ${switchover}` };
  const isReady = currentPrimary !== undefined && readyInstances >= instances && phase === healthyPhase;
  return isReady
    ? { phase: 'ready', ...counts, reason: 'ClusterHealthy', message: `${progress}, primary ${currentPrimary}` }
    : { phase: 'rolling', ...counts, reason: 'ClusterStarting', message: told };
}
