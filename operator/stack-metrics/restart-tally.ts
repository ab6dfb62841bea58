import { componentOf } from '../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../runtime/object.ts';

interface ContainerStatus {
  name: string;
  restartCount?: number;
}

/**
 * Restarts of the containers of one stack, by component. Pods count their own, and take the count along when they go; a sum of what
 * is there would fall then, and look like new restarts to whoever takes it for a counter. So what each container adds is added up:
 * from nothing for pods that come, from what they had for those that were there when counting began.
 */
export class RestartTally {
  /** Restarts of each container when it was last seen. */
  #last: ReadonlyMap<string, number> | undefined;
  readonly #totals = new Map<string, number>();

  /** Restarts since counting began, by component. */
  get totals(): ReadonlyMap<string, number> {
    return this.#totals;
  }

  /** Counts what happened since the last look. Only these components are counted, each from zero. */
  observe(pods: readonly KubernetesObject[], components: Iterable<string>): void {
    const counted = new Set(components);
    for (const component of this.#totals.keys()) if (!counted.has(component)) this.#totals.delete(component);
    for (const component of counted) this.#totals.set(component, this.#totals.get(component) ?? 0);
    const seen = new Map<string, number>();
    for (const pod of pods) {
      const component = componentOf(pod);
      const total = this.#totals.get(component);
      if (total !== undefined) this.#totals.set(component, total + this.#addUp(pod, seen));
    }
    this.#last = seen;
  }

  /** The restarts of one pod since the last look. */
  #addUp(pod: KubernetesObject, seen: Map<string, number>): number {
    let sum = 0;
    for (const { name, restartCount = 0 } of containersOf(pod)) {
      const container = `${pod.metadata.uid}/${name}`;
      const before = this.#last === undefined ? restartCount : (this.#last.get(container) ?? 0);
      seen.set(container, restartCount);
      sum += Math.max(0, restartCount - before);
    }
    return sum;
  }
}

function containersOf(pod: KubernetesObject): readonly ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [] } = (pod.status ?? {}) as {
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
  return [...initContainerStatuses, ...containerStatuses];
}
