import type { KubernetesObject } from '../runtime/object.ts';

interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

interface PodStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** Reasons a container waits for that are part of every normal start. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);

/** The first thing that keeps one of the pods from running, in words for its owner; `undefined` when they just start. */
export function findPodTrouble(pods: readonly KubernetesObject[]): { reason: string; message: string } | undefined {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  for (const pod of alive.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name))) {
    const trouble = troubleOf(pod);
    if (trouble) return trouble;
  }
  return undefined;
}

function troubleOf(pod: KubernetesObject): { reason: string; message: string } | undefined {
  const status = (pod.status ?? {}) as PodStatus;
  const unscheduled = status.conditions?.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  if (unscheduled) {
    return {
      reason: unscheduled.reason ?? 'Unschedulable',
      message: `pod ${pod.metadata.name} has no node: ${unscheduled.message ?? 'no reason given'}`,
    };
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const stuck = containers.find((each) => isStuck(each.state?.waiting?.reason));
  return (
    stuck && { reason: stuck.state?.waiting?.reason ?? 'Waiting', message: describeStuck(pod.metadata.name, stuck) }
  );
}

const isStuck = (reason: string | undefined): boolean => reason !== undefined && !ordinary.has(reason);

/**
 * The kubelet's own message changes at each back-off ("back-off 40s restarting…"); a status that repeated it would be written
 * for ever. What ended the container stays the same.
 */
function describeStuck(pod: string, container: ContainerStatus): string {
  const reason = container.state?.waiting?.reason;
  const exit = container.lastState?.terminated;
  if (reason === 'CrashLoopBackOff' && exit) {
    const how = `${exit.reason ?? 'Error'}, exit code ${exit.exitCode ?? 'unknown'}`;
    return `container ${container.name} of pod ${pod} keeps ending (${how}); see: kubectl logs ${pod} -c ${container.name} --previous`;
  }
  return `container ${container.name} of pod ${pod} waits: ${reason} ${container.state?.waiting?.message ?? ''}`.trim();
}
