import { type BackOffLimits, computeBackOff } from './back-off.ts';
import type { Clock } from './clock.ts';

/** What a queue tells its metrics; seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  started(waitedSeconds: number): void;
  finished(workedSeconds: number): void;
}

/** How a queue behaves. */
export interface WorkQueueOptions {
  clock: Clock;
  backOff?: BackOffLimits;
  observer?: QueueObserver;
}

/** controller-runtime's default back-off of an item: 5 ms doubling to 1000 s. */
export const itemBackOff: BackOffLimits = { firstMilliseconds: 5, longestMilliseconds: 1_000_000 };

/**
 * Keys that want work.
 *
 *                 add                     get                  done
 *   (nowhere) ──────────▶ waiting ─────────────────▶ running ─────────▶ (nowhere)
 *       │                    ▲                          │ add
 *       └─ addAfter: timer ──┘                          ▼      done
 *                            ▲                       running, dirty ──┐
 *                            └────────────────────────────────────────┘
 *
 * Invariants: a key is waiting at most once; a key is run by one worker at a time; any number of adds while it runs
 * gives exactly one rerun; a key has at most one timer (the earliest wins, an add now cancels it).
 */
export interface WorkQueue {
  /** Wants work now. Ignored after shutDown. */
  add(key: string): void;
  /** Wants work after some milliseconds, or earlier when it is added meanwhile. */
  addAfter(key: string, milliseconds: number): void;
  /** Wants work after the key's back-off (at least `milliseconds`), which doubles with each call until `forget`. */
  addWithBackOff(key: string, milliseconds?: number): number;
  /** Resets the back-off of a key. */
  forget(key: string): void;
  /** The next key, oldest first; undefined after shutDown. Call `done` when it is worked. */
  get(): Promise<string | undefined>;
  done(key: string): void;
  /** Cancels timers, drops what waits, and gives undefined to everyone who asks. */
  shutDown(): void;
  readonly depth: number;
  /** Keys being worked, each with the seconds since its start. */
  running(): { key: string; seconds: number }[];
}

/** Builds an empty queue. */
export function createWorkQueue({ clock, backOff = itemBackOff, observer }: WorkQueueOptions): WorkQueue {
  /** Waiting keys with the time they were added, oldest first. */
  const waiting = new Map<string, number>();
  const running = new Map<string, { since: number; dirty: boolean }>();
  const timers = new Map<string, { due: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  const idle: ((key: string | undefined) => void)[] = [];
  let open = true;

  function start(key: string, addedAt: number): string {
    const now = clock.elapsed();
    running.set(key, { since: now, dirty: false });
    observer?.started((now - addedAt) / 1000);
    return key;
  }

  function cancelTimer(key: string): void {
    timers.get(key)?.cancel();
    timers.delete(key);
  }

  function enqueue(key: string): void {
    const worker = idle.shift();
    if (worker === undefined) {
      waiting.set(key, clock.elapsed());
    } else {
      worker(start(key, clock.elapsed()));
    }
  }

  function add(key: string): void {
    if (!open) {
      return;
    }
    cancelTimer(key);
    const work = running.get(key);
    if (waiting.has(key) || work?.dirty) {
      return;
    }
    observer?.added();
    if (work === undefined) {
      enqueue(key);
    } else {
      work.dirty = true;
    }
  }

  function addAfter(key: string, milliseconds: number): void {
    if (milliseconds <= 0) {
      add(key);
      return;
    }
    const due = clock.elapsed() + milliseconds;
    const earlier = timers.get(key);
    if (!open || waiting.has(key) || running.get(key)?.dirty || (earlier !== undefined && earlier.due <= due)) {
      return;
    }
    cancelTimer(key);
    timers.set(key, { due, cancel: clock.schedule(milliseconds, () => add(key)) });
  }

  return {
    add,
    addAfter,
    addWithBackOff(key, milliseconds = 0) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      observer?.retried();
      const delay = Math.max(milliseconds, computeBackOff(backOff, count));
      addAfter(key, delay);
      return delay;
    },
    forget(key) {
      failures.delete(key);
    },
    get() {
      const next = waiting.entries().next();
      if (!open) {
        return Promise.resolve(undefined);
      }
      if (next.done) {
        return new Promise((resolve) => idle.push(resolve));
      }
      const [key, addedAt] = next.value;
      waiting.delete(key);
      return Promise.resolve(start(key, addedAt));
    },
    done(key) {
      const work = running.get(key);
      if (work === undefined) {
        return;
      }
      running.delete(key);
      observer?.finished((clock.elapsed() - work.since) / 1000);
      if (work.dirty && open) {
        enqueue(key);
      }
    },
    shutDown() {
      open = false;
      waiting.clear();
      for (const key of [...timers.keys()]) {
        cancelTimer(key);
      }
      for (const worker of idle.splice(0)) {
        worker(undefined);
      }
    },
    get depth() {
      return waiting.size;
    },
    running: () => [...running].map(([key, work]) => ({ key, seconds: (clock.elapsed() - work.since) / 1000 })),
  };
}
