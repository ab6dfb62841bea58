import { conditionOf, type KubernetesObject } from '../e2e/kubectl.ts';
import { selectorOf } from '../e2e/stack.ts';
import { type Watch, watchObjects } from '../e2e/watch.ts';
import type { Scene } from './scene.ts';

/** What is watched of the cluster during a run: whether the stack and the operator are all that they should be, and since when. */
export type SettledWatch = {
  /** `performance.now()` of the moment since which everything is as it should be; undefined while something is not. */
  readonly settledSince: number | undefined;
  /** Restarts of containers of the stack since the watch began, and pods that it made. */
  readonly restarts: number;
  stop(): Promise<void>;
};

/** How many pods of each component there should be. */
export type WantedPods = Readonly<Record<string, number>>;

/** Watches the stack, its pods and the operator's. */
export function watchSettled({ place, namespace, operator }: Scene, wanted: WantedPods): SettledWatch {
  const objects = new Map<string, KubernetesObject>();
  const firstRestarts = new Map<string, number>();
  let settledSince: number | undefined;
  const look = (type: string, object: KubernetesObject) => {
    if (type === 'DELETED') objects.delete(object.metadata.uid);
    else objects.set(object.metadata.uid, object);
    if (!firstRestarts.has(object.metadata.uid)) firstRestarts.set(object.metadata.uid, restartsOf(object));
    if (!isSettled([...objects.values()], wanted)) settledSince = undefined;
    else settledSince ??= performance.now();
  };
  const targets = [
    { namespace, resource: 'chatstacks', name: place.stackName },
    { namespace, resource: 'pods', selector: selectorOf(place) },
    { namespace: operator, resource: 'pods' },
  ];
  const watches: Watch[] = targets.map((target) => watchObjects(target, ({ type, object }) => look(type, object)));
  return {
    get settledSince() {
      return settledSince;
    },
    get restarts() {
      const counts = [...objects.values()].map(
        (object) => restartsOf(object) - (firstRestarts.get(object.metadata.uid) ?? 0),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: async () => {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };
}

/** Pure: a stack that is Ready as its newest spec has it, and as many ready pods of each component as are wanted. */
export function isSettled(objects: readonly KubernetesObject[], wanted: WantedPods): boolean {
  const stacks = objects.filter(({ kind }) => kind === 'ChatStack');
  const isReady = stacks.some(
    (stack) =>
      stack.status?.observedGeneration === stack.metadata.generation && conditionOf(stack, 'Ready')?.status === 'True',
  );
  const pods = objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.deletionTimestamp === undefined);
  return (
    isReady &&
    Object.entries(wanted).every(([component, count]) => {
      const own = pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component);
      return own.length === count && own.every((pod) => conditionOf(pod, 'Ready')?.status === 'True');
    })
  );
}

function restartsOf({ status }: KubernetesObject): number {
  const containers = (status?.containerStatuses ?? []) as { restartCount: number }[];
  return containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
