import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import { componentOf, fieldManager, labels } from '../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import type { Place } from './cluster-options.ts';
import { findStack } from './find-stack.ts';
import { askPoolers } from './pooler-waits.ts';

/** An Event as it is shown. */
export interface ShownEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** How often it happened. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Everything `chatstack status` shows of one stack. */
export interface StackView {
  readonly stack: KubernetesObject;
  readonly pods: readonly KubernetesObject[];
  readonly claims: readonly KubernetesObject[];
  /** By the pod's name. */
  readonly poolers: ReadonlyMap<string, PoolsAnswer>;
  /** The newest last. */
  readonly events: readonly ShownEvent[];
}

/** The core kind of Events: unlike the newer one it can be asked for by the object it speaks of. */
const coreEvent: Resource = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Looks at a stack and at what belongs to it. Throws a CommandError when it isn't there; what can't be read besides is left out. */
export async function observeStackView(place: Place, name: string): Promise<StackView> {
  const { cluster, namespace } = place;
  const stack = await findStack(place, name);
  const selection = { namespace, labels: { [labels.instance]: name, [labels.managedBy]: fieldManager } };
  const list = async (resource: Resource, options: object) =>
    (await cluster.client.list(resource, { namespace, ...options })).items;
  const [pods, claims, events] = await Promise.all([
    list(builtIn.pod, selection).catch(() => []),
    list(builtIn.persistentVolumeClaim, selection).catch(() => []),
    list(coreEvent, { fieldSelector: `involvedObject.uid=${stack.metadata.uid}` }).catch(() => []),
  ]);
  const poolers = pods.filter((pod) => componentOf(pod) === 'pgbouncer' && isReady(pod));
  return {
    stack,
    pods: pods.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name)),
    claims,
    poolers: await askPoolers(place, name, poolers),
    events: events.map(showEvent).toSorted((one, other) => one.at - other.at),
  };
}

/** Whether a pod is ready. */
export const isReady = ({ status }: KubernetesObject): boolean =>
  ((status ?? {}) as { conditions?: { type: string; status: string }[] }).conditions?.some(
    (each) => each.type === 'Ready' && each.status === 'True',
  ) === true;

interface CoreEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
}

function showEvent(event: KubernetesObject): ShownEvent {
  const { type = 'Normal', reason = '', message = '', count, lastTimestamp, eventTime, series } = event as CoreEvent;
  const at = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? '';
  return { type, reason, message, count: series?.count ?? count ?? 1, at: Date.parse(at) || 0 };
}
