import { ApiError } from './api-error.ts';
import type { BackOffLimits } from './back-off.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import type { Informer } from './informer.ts';
import { type Log, silentLog } from './log.ts';
import { type ControllerMetrics, createRuntimeMetrics, type RuntimeMetrics } from './metrics.ts';
import { formatKey, type KubernetesObject, type ObjectKey, parseKey } from './object.ts';
import { HandledError, type Outcome } from './outcome.ts';
import { createWorkQueue, itemBackOff, type WorkQueue } from './work-queue.ts';

/**
 * Brings one object to what its spec says. Called for one key at a time, also after the object is gone, and also
 * without need: it must not rely on what woke it. Writes noted in a cache do not wake it again.
 */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<Outcome>;

/** What a reconcile gets besides its key. */
export interface ReconcileContext {
  /** Aborts when the process has to stop and the grace period is over. */
  signal: AbortSignal;
}

/** An informer and the primaries that a change in it concerns. */
export interface Source {
  informer: Informer;
  /** The keys to reconcile after a change of this object. */
  map: (object: KubernetesObject) => ObjectKey[];
  /** Whether an update matters (default: every one does). */
  matters?: (previous: KubernetesObject, current: KubernetesObject) => boolean;
}

/** What a controller is made of. */
export interface ControllerOptions {
  /** Lower case; the `controller` label of the metrics. */
  name: string;
  sources: readonly Source[];
  reconcile: Reconcile;
  /** How many keys are reconciled at once (default 4). */
  workers?: number;
  metrics?: RuntimeMetrics;
  clock?: Clock;
  log?: Log;
  /** Back-off of a key whose reconcile throws (default 5 ms doubling to 1000 s). */
  backOff?: BackOffLimits;
  /** How long running reconciles may go on after abort before their signal aborts (default 20 s). */
  graceMilliseconds?: number;
}

/** A control loop. */
export interface Controller {
  /** Every informer has its first list. */
  readonly hasSynced: boolean;
  /** Runs informers and workers until the signal aborts and running reconciles have ended; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Reconciles a key now, or after some milliseconds. */
  enqueue(key: ObjectKey, afterMilliseconds?: number): void;
}

/** A reconcile that ignores its aborted signal is left behind after this time. */
const abandonMilliseconds = 5_000;

/** Builds a controller; nothing is sent before `run`. */
export function createController(options: ControllerOptions): Controller {
  const { name, sources, workers = 4, clock = systemClock, log = silentLog, graceMilliseconds = 20_000 } = options;
  const metrics = (options.metrics ?? createRuntimeMetrics()).forController(name, workers, () => ({
    depth: queue.depth,
    runningSeconds: queue.running().map((each) => each.seconds),
  }));
  const queue: WorkQueue = createWorkQueue({ clock, backOff: options.backOff ?? itemBackOff, observer: metrics });
  const work = { ...options, queue, metrics, log, clock };

  for (const { informer, map, matters } of sources) {
    informer.onChange(({ object, previous }) => {
      if (previous !== undefined && matters?.(previous, object) === false) {
        return;
      }
      for (const key of [...(previous ? map(previous) : []), ...map(object)]) {
        queue.add(formatKey(key));
      }
    });
  }

  return {
    get hasSynced() {
      return sources.every(({ informer }) => informer.hasSynced);
    },
    enqueue: (key, afterMilliseconds = 0) => queue.addAfter(formatKey(key), afterMilliseconds),
    async run(signal) {
      const informers = sources.map(({ informer }) => informer.run(signal));
      await Promise.all(sources.map(({ informer }) => informer.synced()));
      if (signal.aborted) {
        await Promise.all(informers);
        return;
      }
      const stop = new AbortController();
      const running = Array.from({ length: workers }, () => runWorker(work, stop.signal));
      await untilAborted(signal);
      queue.shutDown();
      const finished = Promise.all(running);
      const over = new AbortController();
      finished.finally(() => over.abort());
      await pause(clock, graceMilliseconds, over.signal);
      stop.abort(new Error('the process stops'));
      await pause(clock, abandonMilliseconds, over.signal);
      for (const { key, seconds } of queue.running()) {
        log.error({ controller: name, key, seconds }, 'a reconcile did not end in time and is left behind');
      }
      await Promise.all(informers);
    },
  };
}

interface Work {
  name: string;
  reconcile: Reconcile;
  queue: WorkQueue;
  metrics: ControllerMetrics;
  log: Log;
  clock: Clock;
}

async function runWorker(work: Work, signal: AbortSignal): Promise<void> {
  for (;;) {
    const key = await work.queue.get();
    if (key === undefined) {
      return;
    }
    await runOnce(work, key, signal);
    work.queue.done(key);
  }
}

/** Reconciles a key once and queues it again as its outcome says; never rejects. */
async function runOnce(work: Work, key: string, signal: AbortSignal): Promise<void> {
  const { name, queue, metrics, log, clock } = work;
  const begun = clock.elapsed();
  const seconds = (): number => (clock.elapsed() - begun) / 1000;
  metrics.workerStarted();
  try {
    const outcome = await reconcileOnce(work, key, signal);
    queue.forget(key);
    if (outcome.kind === 'waiting') {
      log.debug({ controller: name, key, why: outcome.why }, 'waiting');
      queue.addAfter(key, outcome.afterMilliseconds);
      metrics.workerFinished('requeue_after', seconds());
    } else if (outcome.kind === 'stalled') {
      log.warn({ controller: name, key, reason: outcome.reason }, 'stalled until something changes');
      metrics.workerFinished('error', seconds(), 'terminal');
    } else {
      metrics.workerFinished('success', seconds());
    }
  } catch (error) {
    const panic = isMistake(error);
    const asked = error instanceof ApiError ? (error.retryAfterMilliseconds ?? 0) : 0;
    const delay = queue.addWithBackOff(key, asked);
    if (!signal.aborted) {
      log.error({ controller: name, key, error, delay, panic }, 'reconcile failed: trying again');
    }
    metrics.workerFinished('error', seconds(), panic ? 'panic' : 'error');
  }
}

async function reconcileOnce(work: Work, key: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return await work.reconcile(parseKey(key), { signal });
  } catch (error) {
    if (error instanceof HandledError) {
      return error.outcome;
    }
    throw error;
  }
}

/** What Go would call a panic: the program itself is wrong, so trying again is unlikely to help. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
