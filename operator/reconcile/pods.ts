import type { KubernetesObject } from '../runtime/object.ts';

type Fields = Record<string, unknown>;

/** What the operator reads of a pod; specs of pods are the largest part of a stack and nobody here reads them. */
export function keepOfPod(pod: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, labels, annotations, ownerReferences, deletionTimestamp } =
    pod.metadata;
  const { podIP, phase, conditions, containerStatuses, initContainerStatuses } = (pod.status ?? {}) as Fields;
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: defined({
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      annotations,
      ownerReferences,
      deletionTimestamp,
    }),
    status: defined({ podIP, phase, conditions, containerStatuses, initContainerStatuses }),
  } as unknown as KubernetesObject;
}

/** Whether an update of a pod tells something new: heartbeats of probes and our own annotation don't. */
export function didPodChange(previous: KubernetesObject, current: KubernetesObject): boolean {
  return digestOf(previous) !== digestOf(current);
}

function digestOf(pod: KubernetesObject): string {
  const {
    podIP,
    phase,
    conditions = [],
    containerStatuses = [],
  } = (pod.status ?? {}) as {
    podIP?: string;
    phase?: string;
    conditions?: Fields[];
    containerStatuses?: Fields[];
  };
  const { uid, labels, deletionTimestamp } = pod.metadata;
  return JSON.stringify([
    [uid, labels, deletionTimestamp, podIP, phase],
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    containerStatuses.map(({ name, ready, state }) => [name, ready, Object.values((state ?? {}) as Fields)]),
  ]);
}

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
