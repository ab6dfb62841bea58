import { ApiError } from './api-error.ts';
import type { BackOffLimits } from './back-off.ts';
import { type Clock, pause, systemClock, untilAborted } from './clock.ts';
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
  /**
   * Waits for something that may be silent for long, such as a program elsewhere: meanwhile the reconcile counts as none of the workers,
   * so that any number of them holds up nobody else.
   */
  aside<Value>(outside: () => Promise<Value>): Promise<Value>;
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
  /** How many keys are reconciled at once (default 4), beside those that wait aside. */
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
  /** Adds a source, also while the controller runs: its objects are listed and watched from now on, until `wanted` aborts. */
  addSource(source: Source, wanted?: AbortSignal): void;
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

  /** Sources added before and during the run, and how each is run. */
  const added: { readonly informer: Informer; readonly wanted: AbortSignal }[] = [];
  const runAdded = ({ informer, wanted }: (typeof added)[number], signal: AbortSignal) =>
    informer.run(AbortSignal.any([signal, wanted]));
  let running: AbortSignal | undefined;

  function listen({ informer, map, matters }: Source): void {
    informer.onChange(({ object, previous }) => {
      if (previous !== undefined && matters?.(previous, object) === false) {
        return;
      }
      for (const key of [...(previous ? map(previous) : []), ...map(object)]) {
        queue.add(formatKey(key));
      }
    });
  }
  sources.forEach(listen);

  return {
    get hasSynced() {
      return sources.every(({ informer }) => informer.hasSynced);
    },
    addSource(source, wanted = new AbortController().signal) {
      listen(source);
      const each = { informer: source.informer, wanted };
      added.push(each);
      wanted.addEventListener('abort', () => added.splice(added.indexOf(each), 1), { once: true });
      if (running !== undefined) runAdded(each, running);
    },
    enqueue: (key, afterMilliseconds = 0) => queue.addAfter(formatKey(key), afterMilliseconds),
    async run(signal) {
      running = signal;
      const informers = sources.map(({ informer }) => informer.run(signal));
      for (const each of added) runAdded(each, signal);
      await Promise.all(sources.map(({ informer }) => informer.synced()));
      if (signal.aborted) {
        await Promise.all(informers);
        return;
      }
      const stop = new AbortController();
      const finished = runWorkers(work, workers, stop.signal);
      await untilAborted(signal);
      queue.shutDown();
      const over = new AbortController();
      finished.finally(() => over.abort());
      await pause(clock, graceMilliseconds, over.signal);
      stop.abort(new Error('the process stops'));
      await pause(clock, abandonMilliseconds, over.signal);
      for (const { key, seconds } of queue.running()) {
        log.error({ controller: name, key, seconds }, 'a reconcile did not end in time and is left behind');
      }
      await Promise.all([...informers, ...added.map((each) => runAdded(each, signal))]);
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

/** Takes keys while fewer than `workers` reconciles are at work; resolves when the queue is shut down and all of them have ended. */
async function runWorkers(work: Work, workers: number, signal: AbortSignal): Promise<void> {
  const { queue } = work;
  const running = new Set<Promise<void>>();
  let busy = 0;
  let wake = (): void => undefined;
  const leave = (): void => {
    busy -= 1;
    wake();
  };
  /** Of one reconcile, which may wait aside for several at once and leaves its place only once. */
  const buildContext = (): ReconcileContext => {
    let away = 0;
    return {
      signal,
      async aside(outside) {
        away += 1;
        if (away === 1) leave();
        try {
          return await outside();
        } finally {
          away -= 1;
          // At once, though all places may be taken: a reconcile that was begun is brought to its end.
          if (away === 0) busy += 1;
        }
      },
    };
  };
  for (;;) {
    while (busy >= workers) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const key = await queue.get();
    if (key === undefined) {
      break;
    }
    busy += 1;
    const one = runOnce(work, key, buildContext()).then(() => {
      running.delete(one);
      leave();
      queue.done(key);
    });
    running.add(one);
  }
  await Promise.all(running);
}

/** Reconciles a key once and queues it again as its outcome says; never rejects. */
async function runOnce(work: Work, key: string, context: ReconcileContext): Promise<void> {
  const { name, queue, metrics, log, clock } = work;
  const begun = clock.elapsed();
  const seconds = (): number => (clock.elapsed() - begun) / 1000;
  metrics.workerStarted();
  try {
    const outcome = await reconcileOnce(work, key, context);
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
    if (!context.signal.aborted) {
      log.error({ controller: name, key, error, delay, panic }, 'reconcile failed: trying again');
    }
    metrics.workerFinished('error', seconds(), panic ? 'panic' : 'error');
  }
}

async function reconcileOnce(work: Work, key: string, context: ReconcileContext): Promise<Outcome> {
  try {
    return await work.reconcile(parseKey(key), context);
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
