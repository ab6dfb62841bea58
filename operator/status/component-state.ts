import { scaledAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { describeStart, findPodTrouble } from './pod-trouble.ts';

/** How far one workload has come. */
export interface ComponentState {
  readonly phase: 'missing' | 'rolling' | 'stuck' | 'ready';
  readonly ready: number;
  readonly desired: number;
  /** Image of its first container, as asked for. */
  readonly image: string | undefined;
  /** CamelCase, for conditions. */
  readonly reason: string;
  readonly message: string;
}

interface WorkloadSpec {
  replicas?: number;
  template?: { spec?: { containers?: { image?: string }[] } };
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/**
 * The state of a Deployment or StatefulSet, by the rules of `kubectl rollout status` (its generation is observed, every
 * pod is of the newest revision and available), and what keeps its pods from starting.
 */
export function summarizeWorkload(
  workload: KubernetesObject | undefined,
  pods: readonly KubernetesObject[],
): ComponentState {
  if (workload === undefined) {
    return {
      phase: 'missing',
      ready: 0,
      desired: 0,
      image: undefined,
      reason: 'NotCreated',
      message: 'not created yet',
    };
  }
  const spec = (workload.spec ?? {}) as WorkloadSpec;
  const status = (workload.status ?? {}) as WorkloadStatus;
  const desired = spec.replicas ?? 1;
  const counts = {
    ready: status.readyReplicas ?? 0,
    desired,
    image: spec.template?.spec?.containers?.[0]?.image,
  };
  const progress = `${Math.min(counts.ready, desired)} of ${desired} pods ready`;
  if (isRolledOut(workload)) {
    return { phase: 'ready', ...counts, reason: 'RolledOut', message: progress };
  }
  const trouble = findPodTrouble(pods) ?? findWorkloadTrouble(status);
  if (trouble) return { phase: 'stuck', ...counts, reason: trouble.reason, message: `${progress}: ${trouble.message}` };
  return {
    phase: 'rolling',
    ...counts,
    reason: 'RollingOut',
    message: `${progress}; ${describeStart(pods) ?? describeRollout(status, desired)}`,
  };
}

/**
 * How many pods are enough. What an autoscaler asks for beyond its least number follows the load: a stack that grows serves in full
 * all the while.
 */
function enoughOf(workload: KubernetesObject): number {
  const desired = (workload.spec as WorkloadSpec | undefined)?.replicas ?? 1;
  const least = Number(workload.metadata.annotations?.[scaledAnnotation]);
  return least >= 1 ? Math.min(least, desired) : desired;
}

/** Whether every pod of a Deployment or StatefulSet is of its newest revision, and enough are ready. */
export function isRolledOut(workload: KubernetesObject): boolean {
  const desired = enoughOf(workload);
  const status = (workload.status ?? {}) as WorkloadStatus;
  if (workload.metadata.deletionTimestamp !== undefined) return false;
  if ((status.observedGeneration ?? 0) < (workload.metadata.generation ?? 0)) return false;
  if (workload.kind === 'StatefulSet') {
    return (
      (status.readyReplicas ?? 0) >= desired &&
      (status.replicas ?? 0) <= desired &&
      status.currentRevision === status.updateRevision
    );
  }
  const updated = status.updatedReplicas ?? 0;
  return updated >= desired && (status.replicas ?? 0) <= updated && (status.readyReplicas ?? 0) >= desired;
}

function describeRollout(status: WorkloadStatus, desired: number): string {
  const updated = status.updatedReplicas ?? 0;
  const old = Math.max(0, (status.replicas ?? 0) - updated);
  if (old > 0) return `${updated} of ${desired} of the new version, ${old} of the old`;
  const surplus = Math.max(status.replicas ?? 0, status.readyReplicas ?? 0) - desired;
  if (surplus > 0) return `${surplus} more than asked for ${surplus === 1 ? 'is' : 'are'} ending`;
  return (status.readyReplicas ?? 0) < desired ? 'the others are starting' : 'the cluster has yet to confirm it';
}

/** What the workload's controller itself says: pods it may not make (quota), or none ready within the deadline. */
function findWorkloadTrouble(status: WorkloadStatus): { reason: string; message: string } | undefined {
  const found = status.conditions?.find(
    (each) =>
      (each.type === 'ReplicaFailure' && each.status === 'True') ||
      (each.type === 'Progressing' && each.status === 'False'),
  );
  return found && { reason: found.reason ?? found.type, message: found.message ?? found.type };
}
