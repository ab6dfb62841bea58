import type { Cache, CacheChange } from './cache.ts';
import type { Clock } from './clock.ts';
import type { KubernetesClient, Selection } from './kubernetes-client.ts';
import type { Log } from './log.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** What an informer watches and with what. */
export interface InformerOptions {
  client: KubernetesClient;
  resource: Resource;
  /** Keep it narrow: watching everything is what makes operators big. */
  selection?: Selection;
  /** Drops what nobody reads before an object is kept (managedFields are always dropped). */
  transform?: (object: KubernetesObject) => KubernetesObject;
  clock?: Clock;
  log?: Log;
  /** Between 0 and 1, for jitter. */
  random?: () => number;
}

/** A cache that a reflector keeps up to date. */
export interface Informer {
  readonly resource: Resource;
  readonly cache: Cache;
  /** The first list is in the cache. */
  readonly hasSynced: boolean;
  /** Resolves when the first list is in the cache, or at abort. */
  synced(): Promise<void>;
  /** Calls back after each change; returns a function that unsubscribes. */
  onChange(listener: (change: CacheChange) => void): () => void;
  /** Lists and watches until the signal aborts; never rejects. Further calls give back the first one's promise. */
  run(signal: AbortSignal): Promise<void>;
}

/** Builds an informer; nothing is sent before `run`. */
export declare function createInformer(options: InformerOptions): Informer;
