/** Time as an argument: everything in the runtime that waits or stamps takes a Clock, so that tests own time. */
export interface Clock {
  /** Milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some start; never jumps. For durations. */
  elapsed(): number;
  /** Calls back once after the milliseconds; the returned function cancels. */
  schedule(milliseconds: number, callback: () => void): () => void;
}

/** setTimeout's longest delay; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The machine's clock. Its timers keep the process alive: whoever schedules cancels at shutdown. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, milliseconds), longestDelay));
    return () => clearTimeout(timer);
  },
};

/** Resolves after the milliseconds, or at once when the signal aborts; never rejects. */
export function pause(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.schedule(milliseconds, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
