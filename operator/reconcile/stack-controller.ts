import { randomBytes } from 'node:crypto';
import { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import { createApplier } from '../runtime/apply.ts';
import { type Controller, createController, type Source } from '../runtime/controller.ts';
import { createEventRecorder, type EventRecorder } from '../runtime/events.ts';
import { createInformer } from '../runtime/informer.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import { type Log, silentLog } from '../runtime/log.ts';
import { mapToLabel, mapToSelf, specOrMetadataChanged } from '../runtime/mapping.ts';
import type { RuntimeMetrics } from '../runtime/metrics.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import {
  appliedAnnotation,
  appliedKinds,
  chatStackResource,
  fieldManager,
  labels,
  watchedKinds,
} from './child-kinds.ts';
import type { CacheOf } from './children.ts';
import { didPodChange, keepOfPod } from './pods.ts';
import { createStackReconciler } from './reconcile-chat-stack.ts';
import type { ReconcileTools } from './work.ts';

/** What a controller of stacks is made of. */
export interface StackControllerOptions {
  readonly client: KubernetesClient;
  /** The one namespace to watch; `undefined`: all. */
  readonly namespace: string | undefined;
  readonly serviceImage: string | undefined;
  readonly development: boolean;
  readonly workers: number;
  /** Name of this process in Events. */
  readonly instance: string;
  readonly metrics?: RuntimeMetrics;
  readonly log?: Log;
  /** How a pooler is brought to its settings; replaced in tests that have no pod network. */
  readonly reload?: ReconcileTools['reload'];
}

/** Longest pause between two attempts at a stack that fails: somebody may have raised a quota meanwhile. */
const longestBackOffMilliseconds = 60_000;

/**
 * Builds the control loop of ChatStacks: watches them and, by their labels, everything they are made of. `events` is to be
 * flushed when the loop has ended.
 */
export function createStackController(options: StackControllerOptions): {
  controller: Controller;
  events: EventRecorder;
} {
  const { client, log = silentLog } = options;
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace };
  const primary = createInformer({ client, resource: chatStackResource, selection: namespace, log });
  const children = watchedKinds.map((resource) =>
    createInformer({
      client,
      resource,
      selection: { ...namespace, labels: { [labels.managedBy]: fieldManager } },
      log,
      ...(resource === builtIn.pod ? { transform: keepOfPod } : {}),
    }),
  );
  const caches = new Map([primary, ...children].map(({ resource, cache }) => [resource, cache]));
  const cacheOf: CacheOf = (resource) => {
    const cache = caches.get(resource);
    if (cache === undefined) throw new Error(`expected a watched kind, found ${resource.kind}`);
    return cache;
  };
  const events = createEventRecorder({ client, controller: 'chatstack.dev/operator', instance: options.instance, log });
  const resources: readonly Resource[] = [...appliedKinds, chatStackResource];
  const tools: ReconcileTools = {
    client,
    applier: createApplier({ client, resources, annotation: appliedAnnotation, cacheOf }),
    cacheOf,
    events,
    now: Date.now,
    buildPassword: () => randomBytes(24).toString('base64url'),
    reload: options.reload ?? reloadUntilEqual,
    development: options.development,
  };
  const sources: Source[] = [
    { informer: primary, map: mapToSelf, matters: specOrMetadataChanged },
    ...children.map((informer) => ({
      informer,
      map: mapToLabel(labels.instance),
      ...(informer.resource === builtIn.pod ? { matters: didPodChange } : {}),
    })),
  ];
  const controller = createController({
    name: 'chatstack',
    sources,
    reconcile: createStackReconciler(tools, { serviceImage: options.serviceImage }),
    workers: options.workers,
    log,
    backOff: { firstMilliseconds: 5, longestMilliseconds: longestBackOffMilliseconds },
    ...(options.metrics ? { metrics: options.metrics } : {}),
  });
  return { controller, events };
}
