import { ApiError, isExpired } from './api-error.ts';
import { type BackOffLimits, computeBackOff, spread } from './back-off.ts';
import type { CacheChange, CacheFeed } from './cache.ts';
import { type Clock, pause } from './clock.ts';
import type { KubernetesClient, Selection, WatchEvent } from './kubernetes-client.ts';
import type { Log } from './log.ts';
import type { Resource } from './resource.ts';

/** How long a reflector waits for what; milliseconds unless named otherwise. */
export interface ReflectorLimits {
  backOff: BackOffLimits;
  /** The server ends a watch after this time, or up to twice of it (jitter). */
  watchSeconds: number;
  /** The server sends a bookmark about every minute: more silence than this means that nobody is there. */
  idleMilliseconds: number;
  /** A watch that lived this long counts as a success. */
  healthyMilliseconds: number;
}

/** client-go's reflector: back-off 0.8–30 s, watches of 5–10 minutes. */
export const reflectorLimits: ReflectorLimits = {
  backOff: { firstMilliseconds: 800, longestMilliseconds: 30_000 },
  watchSeconds: 300,
  idleMilliseconds: 150_000,
  healthyMilliseconds: 10_000,
};

/** What a reflector reads, and where it puts it. */
export interface ReflectorOptions {
  client: Pick<KubernetesClient, 'listPages' | 'watch'>;
  resource: Resource;
  selection: Selection;
  feed: CacheFeed;
  onChange: (change: CacheChange) => void;
  /** Called after each complete list. */
  onListed: () => void;
  /** Called after each list or watch that failed, before it is tried again. */
  onFailed: (error: unknown) => void;
  clock: Clock;
  /** Between 0 and 1. */
  random: () => number;
  log: Log;
  limits: ReflectorLimits;
}

/**
 * Keeps a cache equal to a collection until the signal aborts; never rejects, never stops before.
 *
 *          ┌────────────── 410: too old ──────────────────┐
 *          ▼                                              │
 *   ┌─▶ list ──▶ watch from its version ──▶ ended? watch from the last version seen ──┐
 *   │    │                  ▲                             │            ▲              │
 *   └────┴── anything else: back-off with jitter, then the same again ─┴──────────────┘
 *
 * The back-off starts anew after an event (also a bookmark) or a watch that lived for a while. A list reads
 * consistently, so the cache never goes behind what was seen before. Every failure leads to a list or a watch again.
 */
export async function reflect(options: ReflectorOptions, signal: AbortSignal): Promise<void> {
  const { resource, clock, log } = options;
  const progress: Progress = { version: null, failures: 0 };

  while (!signal.aborted) {
    const what = progress.version === null ? 'list' : 'watch';
    try {
      await (progress.version === null ? list(options, progress) : watch(options, progress, signal));
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      options.onFailed(error);
      const delay = settle(options, progress, error);
      const fields = { kind: resource.kind, error, failures: progress.failures, delay: Math.round(delay) };
      log.warn(fields, `${what} failed: ${progress.version === null ? 'listing' : 'watching'} again`);
      await pause(clock, delay, signal);
    }
  }
}

interface Progress {
  /** The version up to which everything is known; null: list. */
  version: string | null;
  /** Failures since the last progress. */
  failures: number;
}

/** What follows a failure: where to go on, and after how many milliseconds. */
function settle({ limits, random }: ReflectorOptions, progress: Progress, error: unknown): number {
  // A first 410, of a watch or between two pages, is part of the protocol; another one without progress between is a failure.
  const expired = isExpired(error);
  progress.version = expired ? null : progress.version;
  progress.failures += 1;
  if (expired && progress.failures === 1) {
    return 0;
  }
  const asked = error instanceof ApiError ? (error.retryAfterMilliseconds ?? 0) : 0;
  return Math.max(asked, spread(computeBackOff(limits.backOff, progress.failures - 1), random));
}

async function list(options: ReflectorOptions, progress: Progress): Promise<void> {
  const { client, resource, selection, feed, onChange, onListed } = options;
  const taken = feed.beginList();
  let version = '';
  for await (const { items, resourceVersion } of client.listPages(resource, selection)) {
    taken.take(items).forEach(onChange);
    version = resourceVersion;
  }
  taken.complete(version).forEach(onChange);
  onListed();
  progress.version = version;
}

/** Watches once; throws when the watch fails, or ends so soon that another one at once would be a hot loop. */
async function watch(options: ReflectorOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const { client, resource, selection, clock, random, limits } = options;
  const begun = clock.elapsed();
  const from = progress.version ?? '';
  try {
    const events = client.watch(resource, {
      ...selection,
      resourceVersion: from,
      signal,
      timeoutSeconds: Math.ceil(limits.watchSeconds * (1 + random())),
      idleMilliseconds: limits.idleMilliseconds,
    });
    for await (const event of events) {
      progress.version = event.object.metadata.resourceVersion ?? progress.version;
      progress.failures = 0;
      take(options, event);
    }
  } finally {
    if (clock.elapsed() - begun >= limits.healthyMilliseconds) {
      progress.failures = 0;
    }
  }
  if (progress.version === from && clock.elapsed() - begun < limits.healthyMilliseconds) {
    throw new Error('the server ended it at once and without an event');
  }
}

function take({ feed, onChange }: ReflectorOptions, { type, object }: WatchEvent): void {
  if (type === 'BOOKMARK') {
    feed.observe(object.metadata.resourceVersion ?? '');
    return;
  }
  const change = type === 'DELETED' ? feed.remove(object) : feed.put(object);
  if (change !== null) {
    onChange(change);
  }
}
