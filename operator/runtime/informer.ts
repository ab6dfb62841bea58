import { type Cache, type CacheChange, createCache, type Indexer } from './cache.ts';
import { type Clock, systemClock } from './clock.ts';
import type { KubernetesClient, Selection } from './kubernetes-client.ts';
import { type Log, silentLog } from './log.ts';
import type { KubernetesObject } from './object.ts';
import { type ReflectorLimits, reflect, reflectorLimits } from './reflector.ts';
import type { Resource } from './resource.ts';

/** What an informer watches and with what. */
export interface InformerOptions {
  client: Pick<KubernetesClient, 'listPages' | 'watch'>;
  resource: Resource;
  /** Keep it narrow: watching everything is what makes operators big. */
  selection?: Selection;
  /** Drops what nobody reads before an object is kept (managedFields are always dropped). */
  transform?: (object: KubernetesObject) => KubernetesObject;
  /** Whether the cache keeps objects as text (default: as they are). */
  packed?: boolean;
  /** Indexes of the cache. */
  indexers?: Readonly<Record<string, Indexer>>;
  clock?: Clock;
  log?: Log;
  /** Between 0 and 1, for jitter. */
  random?: () => number;
  limits?: ReflectorLimits;
}

/** A cache that a reflector keeps up to date. */
export interface Informer {
  readonly resource: Resource;
  readonly cache: Cache;
  /** The first list is in the cache. */
  readonly hasSynced: boolean;
  /** Resolves when the first list is in the cache, or at abort. */
  synced(): Promise<void>;
  /** Resolves when the first list is in the cache or has failed (`failure` says how), or at abort. */
  attempted(): Promise<void>;
  /** What the newest failure of the list or watch was. */
  readonly failure: unknown;
  /** Calls back after each change that the server tells of; returns a function that unsubscribes. */
  onChange(listener: (change: CacheChange) => void): () => void;
  /** Lists and watches until the signal aborts; never rejects. Further calls give back the first one's promise. */
  run(signal: AbortSignal): Promise<void>;
}

/** Builds an informer; nothing is sent before `run`. */
export function createInformer(options: InformerOptions): Informer {
  const { client, resource, selection = {}, transform, clock = systemClock, log = silentLog } = options;
  const cache = createCache({
    ...(selection.labels && { labels: selection.labels }),
    ...(selection.namespace && { namespace: selection.namespace }),
    ...(transform && { transform }),
    ...(options.packed && { packed: true }),
    ...(options.indexers && { indexers: options.indexers }),
  });
  const listeners = new Set<(change: CacheChange) => void>();
  const { promise: synced, resolve: finishSync } = Promise.withResolvers<void>();
  const { promise: attempted, resolve: finishAttempt } = Promise.withResolvers<void>();
  let hasSynced = false;
  let failure: unknown;
  let running: Promise<void> | undefined;

  function publish(change: CacheChange): void {
    for (const listener of listeners) {
      listener(change);
    }
  }

  return {
    resource,
    cache,
    get hasSynced() {
      return hasSynced;
    },
    synced: () => synced,
    attempted: () => attempted,
    get failure() {
      return failure;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    run(signal) {
      running ??= reflect(
        {
          client,
          resource,
          selection,
          feed: cache,
          onChange: publish,
          onListed() {
            hasSynced = true;
            finishSync();
            finishAttempt();
          },
          onFailed(error) {
            failure = error;
            finishAttempt();
          },
          clock,
          random: options.random ?? Math.random,
          log,
          limits: options.limits ?? reflectorLimits,
        },
        signal,
      ).finally(() => {
        finishSync();
        finishAttempt();
      });
      return running;
    },
  };
}
