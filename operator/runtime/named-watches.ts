import { untilAborted } from './clock.ts';
import { createInformer, type Informer } from './informer.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { Log } from './log.ts';
import { formatKey, type KubernetesObject, type ObjectKey, parseKey } from './object.ts';
import type { ReflectorLimits } from './reflector.ts';
import type { Resource } from './resource.ts';

/** What named watches are made of. */
export interface NamedWatchesOptions {
  readonly client: Pick<KubernetesClient, 'listPages' | 'watch'>;
  /** A kind whose objects have a namespace. */
  readonly resource: Resource;
  /** Told each reader of an object that came, changed or went after it was read. */
  readonly wake: (reader: ObjectKey) => void;
  readonly log: Log;
  readonly limits?: ReflectorLimits;
}

/**
 * Watches of single objects that no label selects, such as a Secret that a person made. Each is counted by its readers:
 *
 *   first read ──▶ list + watch of that one name ──▶ every change wakes its readers ──▶ last reader gone: the watch ends
 *
 * Invariants: an object has at most one watch, however many read it; a further read sends nothing; what was never listed
 * is never told to be absent; a reader is woken by every change after its read until it no longer reads.
 */
export interface NamedWatches {
  /**
   * The object as last seen, `undefined` when it isn't there; from now on `reader` is one of its readers. The first read waits for
   * the first list. Throws what that failed with; it is then tried again in the background, and a success wakes the reader.
   */
  read(reader: ObjectKey, key: ObjectKey): Promise<KubernetesObject | undefined>;
  /** The object as last seen, where somebody reads it; sends nothing and reads nothing. */
  peek(key: ObjectKey): KubernetesObject | undefined;
  /** Makes `keys` all that `reader` reads: watches that nobody else reads end. */
  retain(reader: ObjectKey, keys: readonly ObjectKey[]): void;
  /** Ends all watches when the signal aborts, and resolves when they have ended. */
  run(signal: AbortSignal): Promise<void>;
  /** How many objects are watched. */
  readonly size: number;
}

interface NamedWatch {
  readonly informer: Informer;
  readonly readers: Set<string>;
  readonly stop: AbortController;
  /** Some reader was answered by an error, so it is to be woken by the first list. */
  hasFailed: boolean;
}

/** Builds them; nothing is sent before the first read. */
export function createNamedWatches(options: NamedWatchesOptions): NamedWatches {
  const { client, resource, wake, log, limits } = options;
  const watches = new Map<string, NamedWatch>();
  const running = new Set<Promise<void>>();
  let closed = false;

  function start({ namespace, name }: ObjectKey): NamedWatch {
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const informer = createInformer({ client, resource, selection, log, ...(limits && { limits }) });
    const watch: NamedWatch = { informer, readers: new Set(), stop: new AbortController(), hasFailed: false };
    const wakeAll = () => {
      for (const reader of watch.readers) wake(parseKey(reader));
    };
    // What the first list shows is what the reads that wait for it answer, so it wakes nobody.
    informer.onChange(() => informer.hasSynced && wakeAll());
    informer.synced().then(() => watch.hasFailed && wakeAll());
    const ended = informer.run(watch.stop.signal).finally(() => running.delete(ended));
    running.add(ended);
    return watch;
  }

  function leave(key: string, reader: string): void {
    const watch = watches.get(key);
    watch?.readers.delete(reader);
    if (watch?.readers.size === 0) {
      watches.delete(key);
      watch.stop.abort();
    }
  }

  return {
    async read(reader, key) {
      if (closed) throw new Error(`expected to watch ${resource.kind} ${formatKey(key)}, found that the process stops`);
      const watch = watches.get(formatKey(key)) ?? start(key);
      watches.set(formatKey(key), watch);
      watch.readers.add(formatKey(reader));
      await watch.informer.attempted();
      if (!watch.informer.hasSynced) {
        watch.hasFailed = true;
        const what = `${resource.kind} ${formatKey(key)}`;
        throw watch.informer.failure ?? new Error(`expected a first list of ${what}, found its watch ended before`);
      }
      return watch.informer.cache.get(key);
    },
    peek: (key) => watches.get(formatKey(key))?.informer.cache.get(key),
    retain(reader, keys) {
      const kept = new Set(keys.map(formatKey));
      for (const key of [...watches.keys()].filter((each) => !kept.has(each))) leave(key, formatKey(reader));
    },
    async run(signal) {
      await untilAborted(signal);
      closed = true;
      for (const { stop } of watches.values()) stop.abort();
      watches.clear();
      await Promise.all(running);
    },
    get size() {
      return watches.size;
    },
  };
}
