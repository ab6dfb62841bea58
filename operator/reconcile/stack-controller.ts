import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { appliedAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { Dashboards, OperatorPods } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { checkServer } from '../external-postgres/check-server.ts';
import { withAdminConsole } from '../pgbouncer-admin/admin-console.ts';
import { askPools } from '../pgbouncer-admin/ask-pools.ts';
import { pausePooler } from '../pgbouncer-admin/pause-pooler.ts';
import { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import { askRoom } from '../postgres-room/ask-room.ts';
import { changePostgresLogins } from '../rotation/postgres-logins.ts';
import { setRedisPasswords } from '../rotation/redis-passwords.ts';
import { createApplier } from '../runtime/apply.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Controller, createController, type Source } from '../runtime/controller.ts';
import { createEventRecorder } from '../runtime/events.ts';
import { createInformer } from '../runtime/informer.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import { type Log, silentLog } from '../runtime/log.ts';
import { mapToLabel, mapToSelf } from '../runtime/mapping.ts';
import { createRuntimeMetrics, type RuntimeMetrics } from '../runtime/metrics.ts';
import { createNamedWatches } from '../runtime/named-watches.ts';
import { formatKey, type ObjectKey } from '../runtime/object.ts';
import { createOptionalSources, keepOfDefinition } from '../runtime/optional-sources.ts';
import { type ReflectorLimits, reflectorLimits } from '../runtime/reflector.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { type PoolRoundsOptions, type RoundAnswers, runPoolRounds } from '../stack-metrics/pool-rounds.ts';
import { createStackMetrics } from '../stack-metrics/stack-metrics.ts';
import { listAskablePoolers, type PoolerSources } from './askable-poolers.ts';
import { findRoomTarget } from './askable-room.ts';
import {
  appliedKinds,
  chatStackResource,
  fieldManager,
  labels,
  optionalResources,
  watchedKinds,
} from './child-kinds.ts';
import { byStack, type CacheOf } from './children.ts';
import { keepOfConfigMap } from './config-maps.ts';
import { ownPlanner, type Planner } from './planner.ts';
import { didPodChange, keepOfPod } from './pods.ts';
import { createStackReconciler } from './reconcile-chat-stack.ts';
import { StackMemories } from './stack-memory.ts';
import type { ReconcileTools } from './work.ts';

/** What a controller of stacks is made of. */
export interface StackControllerOptions {
  readonly client: KubernetesClient;
  /** The one namespace to watch; `undefined`: all. */
  readonly namespace: string | undefined;
  readonly serviceImage: string | undefined;
  readonly development: boolean;
  /** The operator's own pods; unset when it runs in none. */
  readonly operatorPods?: OperatorPods | undefined;
  readonly workers: number;
  /** Name of this process in Events. */
  readonly instance: string;
  readonly metrics?: RuntimeMetrics;
  readonly log?: Log;
  /** How a pooler is brought to its settings; replaced in tests that have no pod network. */
  readonly reload?: ReconcileTools['reload'];
  /** How the clients of a pooler are had wait; replaced likewise. */
  readonly pause?: ReconcileTools['pause'];
  /** How the pools of a pooler are asked for; replaced likewise. */
  readonly askPools?: PoolerSources['askPools'];
  /** How a Postgres is asked for room; replaced likewise. */
  readonly askRoom?: typeof askRoom;
  /** The time by which poolers are asked; moved by hand in tests. */
  readonly poolClock?: Clock;
  /** How passwords of servers are changed; replaced likewise. */
  readonly changeLogins?: ReconcileTools['changeLogins'];
  readonly listClients?: ReconcileTools['listClients'];
  readonly setPasswords?: ReconcileTools['setPasswords'];
  /** Of Grafana; unset: stacks show none. */
  readonly dashboards?: Dashboards;
  /** What another version would plan; replaced in tests of upgrades. */
  readonly planner?: Planner;
  /** Waiting times of the watches; shortened in tests that break them. */
  readonly watchLimits?: ReflectorLimits;
  /** How an external Postgres is looked at; replaced where there is none. */
  readonly checkServer?: ReconcileTools['checkServer'];
}

/** A CustomResourceDefinition may be half a megabyte, and a cluster may have hundreds. */
const definitionsAtOnce = 10;

/** Longest pause between two attempts at a stack that fails: somebody may have raised a quota meanwhile. */
const longestBackOffMilliseconds = 60_000;

/** The control loop of ChatStacks. */
export interface StackController {
  /** Whether every watch has its first list. */
  hasSynced(): boolean;
  /** Runs until the signal aborts, what runs has ended and Events are sent; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Builds it: stacks are watched and, by their labels, everything they are made of. Nothing is sent before `run`. */
export function createStackController(options: StackControllerOptions): StackController {
  const { client, log = silentLog, metrics = createRuntimeMetrics() } = options;
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace };
  const limits = options.watchLimits ?? reflectorLimits;
  const primary = createInformer({
    client,
    resource: chatStackResource,
    selection: namespace,
    packed: true,
    log,
    limits,
  });
  const inform = (resource: Resource) =>
    createInformer({
      client,
      resource,
      selection: { ...namespace, labels: { [labels.managedBy]: fieldManager } },
      log,
      limits,
      packed: true,
      indexers: byStack,
      ...(resource === builtIn.pod ? { transform: keepOfPod } : {}),
      ...(resource === builtIn.configMap ? { transform: keepOfConfigMap } : {}),
    });
  const children = watchedKinds.map(inform);
  const definitions = createInformer({
    client,
    resource: builtIn.customResourceDefinition,
    selection: { pageSize: definitionsAtOnce },
    transform: keepOfDefinition,
    log,
    limits,
  });
  const optional = createOptionalSources({
    definitions,
    resources: optionalResources,
    buildSource: (resource) => ({ informer: inform(resource), map: mapToLabel(labels.instance) }),
  });
  const caches = new Map([primary, ...children].map(({ resource, cache }) => [resource, cache]));
  const findCache = (resource: Resource) => caches.get(resource) ?? optional.cacheOf(resource);
  const cacheOf: CacheOf = Object.assign(
    (resource: Resource) => {
      const cache = findCache(resource);
      if (cache === undefined) throw new Error(`expected a watched kind, found ${resource.kind}`);
      return cache;
    },
    { optional: findCache },
  );
  const events = createEventRecorder({ client, controller: 'chatstack.dev/operator', instance: options.instance, log });
  const namedSecrets = createNamedWatches({
    client,
    resource: builtIn.secret,
    wake: (stack) => controller.enqueue(stack),
    log,
    limits,
  });
  const resources: readonly Resource[] = [...appliedKinds, chatStackResource];
  const stackMetrics = createStackMetrics(metrics.registry);
  const tools: ReconcileTools = {
    client,
    applier: createApplier({ client, resources, annotation: appliedAnnotation, cacheOf: findCache }),
    cacheOf,
    definitions: optional.served,
    namedSecrets,
    events,
    stackMetrics,
    now: Date.now,
    buildPassword: () => randomBytes(24).toString('base64url'),
    reload: options.reload ?? reloadUntilEqual,
    pause: options.pause ?? pausePooler,
    listClients: options.listClients ?? ((target) => withAdminConsole(target, (console) => console.showClients())),
    changeLogins: options.changeLogins ?? changePostgresLogins,
    setPasswords: options.setPasswords ?? setRedisPasswords,
    checkServer: options.checkServer ?? checkServer,
    development: options.development,
    operatorPods: options.operatorPods,
    planner: options.planner ?? ownPlanner,
    dashboards: options.dashboards ?? {},
  };
  const memories = new StackMemories();
  const everyStack = () => primary.cache.keys();
  const sources: Source[] = [
    // Also a status that somebody else wrote, such as a former leader: our own writes are in the cache already and wake nobody.
    { informer: primary, map: mapToSelf },
    // A kind that came or went concerns whoever wants it; those that don't are found unchanged.
    {
      informer: definitions,
      map: everyStack,
      matters: (previous, current) =>
        !isDeepStrictEqual(previous.spec, current.spec) || !isDeepStrictEqual(previous.status, current.status),
    },
    ...children.map((informer) => ({
      informer,
      map: mapToLabel(labels.instance),
      ...(informer.resource === builtIn.pod ? { matters: didPodChange } : {}),
    })),
  ];
  const controller: Controller = createController({
    name: 'chatstack',
    sources,
    reconcile: createStackReconciler(tools, { serviceImage: options.serviceImage, memories }),
    workers: options.workers,
    log,
    backOff: { firstMilliseconds: 5, longestMilliseconds: longestBackOffMilliseconds },
    metrics,
  });
  optional.follow((source, served) => {
    source.informer.synced().then(() => {
      for (const key of everyStack()) controller.enqueue(key);
    });
    controller.addSource(source, served);
  });
  const poolers: PoolerSources = { cacheOf, namedSecrets, askPools: options.askPools ?? askPools };
  /** What changed is told in the status, by a reconcile; what did not costs none. */
  const note = (key: ObjectKey, { pools, room }: RoundAnswers) => {
    stackMetrics.notePools(key, pools);
    const uid = primary.cache.get(key)?.metadata.uid;
    if (uid === undefined || room === undefined) return;
    if (room.kind === 'unknown') {
      log.debug({ stack: formatKey(key), reason: room.reason }, 'Postgres did not say whether it has room');
      return;
    }
    const memory = memories.of(key, uid);
    if (memory.room === room.kind) return;
    memory.room = room.kind;
    controller.enqueue(key);
  };
  const rounds: PoolRoundsOptions = {
    listStacks: stackMetrics.keys,
    listPoolers: (stack) => listAskablePoolers(poolers, stack),
    askRoom: async (stack) => {
      const target = findRoomTarget(poolers, stack);
      return target && (options.askRoom ?? askRoom)(target);
    },
    note,
    clock: options.poolClock ?? systemClock,
    log,
  };
  const run = async (signal: AbortSignal) => {
    await Promise.all([controller.run(signal), namedSecrets.run(signal), runPoolRounds(rounds, signal)]);
    await events.flush();
  };
  return { hasSynced: () => controller.hasSynced, run };
}
