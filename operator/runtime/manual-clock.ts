import type { Clock } from './clock.ts';

/** A clock for tests: it moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves time on and fires, in order, what became due. */
  advance(milliseconds: number): void;
  /** The delays from now of what is scheduled, shortest first. */
  pending(): number[];
}

/** Builds a manual clock that shows `start` milliseconds since 1970. */
export function createManualClock(start = 0): ManualClock {
  let time = start;
  let timers: { due: number; callback: () => void }[] = [];
  return {
    now: () => time,
    elapsed: () => time,
    schedule(milliseconds, callback) {
      const timer = { due: time + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance(milliseconds) {
      const end = time + milliseconds;
      for (;;) {
        timers.sort((one, other) => one.due - other.due);
        const next = timers[0];
        if (next === undefined || next.due > end) {
          break;
        }
        timers.shift();
        time = next.due;
        next.callback();
      }
      time = end;
    },
    pending: () => timers.map((each) => each.due - time).sort((one, other) => one - other),
  };
}
