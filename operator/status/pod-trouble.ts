import type { KubernetesObject } from '../runtime/object.ts';

interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Ended };
  lastState?: { terminated?: Ended };
}

interface Ended {
  reason?: string;
  exitCode?: number;
}

interface PodStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** What keeps a pod from running: a CamelCase reason and words for its owner. */
export interface PodTrouble {
  readonly reason: string;
  readonly message: string;
}

/** Reasons a container waits for that are part of every normal start. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);

/** The kubelet tells these in turn of one and the same image. */
const imageReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName']);

/** A container that ended in an error this often and isn't ready is in trouble, also in the seconds it runs between two ends. */
const manyRestarts = 2;

/** The longest part of the kubelet's own words that is repeated, in characters. */
const longestCause = 300;

/** The first thing that keeps one of the pods from running, in words for its owner; `undefined` when they just start. */
export function findPodTrouble(pods: readonly KubernetesObject[]): PodTrouble | undefined {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  for (const pod of alive.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name))) {
    const trouble = troubleOf(pod);
    if (trouble) return trouble;
  }
  return undefined;
}

function troubleOf(pod: KubernetesObject): PodTrouble | undefined {
  const status = (pod.status ?? {}) as PodStatus;
  const unscheduled = status.conditions?.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  if (unscheduled && !waitsForVolume(unscheduled.message)) {
    return {
      reason: unscheduled.reason ?? 'Unschedulable',
      message: `pod ${pod.metadata.name} has no node: ${unscheduled.message ?? 'no reason given'}`,
    };
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of containers) {
    const trouble = troubleOfContainer(pod, container);
    if (trouble) return trouble;
  }
  return undefined;
}

/** A volume is made after its first pod, so each first start passes here; `describeStart` says so of one that stays. */
const waitsForVolume = (message: string | undefined): boolean => message?.includes('unbound immediate') === true;

/** What pods wait for that is no trouble yet, in words for their owner; `undefined` when they just start. */
export function describeStart(pods: readonly KubernetesObject[]): string | undefined {
  const pod = pods.find((each) =>
    (each.status as PodStatus | undefined)?.conditions?.some(
      ({ type, status, message }) => type === 'PodScheduled' && status === 'False' && waitsForVolume(message),
    ),
  );
  return (
    pod &&
    `pod ${pod.metadata.name} waits for its volume; if it stays so: kubectl get storageclass,pvc -n ${pod.metadata.namespace}`
  );
}

function troubleOfContainer(pod: KubernetesObject, container: ContainerStatus): PodTrouble | undefined {
  const { waiting } = container.state ?? {};
  const reason = waiting?.reason;
  const [name, flag] = [pod.metadata.name, pod.metadata.namespace ? ` -n ${pod.metadata.namespace}` : ''];
  if (reason !== undefined && imageReasons.has(reason)) {
    return { reason: 'ImagePullBackOff', message: describeImage(pod, container, waiting?.message) };
  }
  const end = findEnd(container);
  if (end) {
    const how = `${end.reason ?? 'Error'}, exit code ${end.exitCode ?? 'unknown'}`;
    const message = `container ${container.name} of pod ${name} keeps ending (${how}); see: kubectl logs ${name}${flag} -c ${container.name} --previous`;
    return { reason: 'CrashLoopBackOff', message };
  }
  if (reason === undefined || ordinary.has(reason)) return undefined;
  return {
    reason,
    message: `container ${container.name} of pod ${name} waits: ${reason} ${waiting?.message ?? ''}`.trim(),
  };
}

/**
 * How a container that keeps ending did so. The kubelet's own message changes at each back-off ("back-off 40s restarting…"), and
 * between two ends it runs: a status that repeated all this would be written for ever. What ended it stays the same.
 */
function findEnd({ state, lastState, ready, restartCount = 0 }: ContainerStatus): Ended | undefined {
  const end = lastState?.terminated ?? state?.terminated;
  if (state?.waiting?.reason === 'CrashLoopBackOff') return end ?? {};
  return ready !== true && restartCount >= manyRestarts && end && end.exitCode !== 0 ? end : undefined;
}

function describeImage(pod: KubernetesObject, container: ContainerStatus, told: string | undefined): string {
  const { name, namespace } = pod.metadata;
  const image = container.image || 'named in its spec';
  const cause = (told ?? '').replace(/^Back-off pulling image "[^"]*"(: )?/, '').replace(/^ErrImagePull: /, '');
  const why = cause ? ` (${cause.length > longestCause ? `${cause.slice(0, longestCause)}…` : cause})` : '';
  return (
    `container ${container.name} of pod ${name}: expected to pull image ${image}, found that it can't be${why}. ` +
    `Correct its name in the spec, or make the registry reachable; a private one needs imagePullSecrets on the ServiceAccount default` +
    `${namespace ? ` of namespace ${namespace}` : ''}. The nodes try again by themselves.`
  );
}
