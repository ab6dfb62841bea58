import type { Clock } from '../clock.ts';

/** A clock that a test moves on. `random` is what the test says. */
export type ManualClock = Clock & {
  /** Moves on by so many milliseconds; what falls due meanwhile is called in its order. */
  advance(milliseconds: number): Promise<void>;
  /** The waits that are open, in milliseconds from now, the shortest first. */
  waits(): number[];
  chance: number;
};

/** Makes a clock that stands at a second of 2026. */
export function createManualClock(): ManualClock {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<{ at: number; callback: () => void }>();
  const clock: ManualClock = {
    chance: 0.5,
    now: () => now,
    random: () => clock.chance,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    waits: () => [...timers].map(({ at }) => at - now).sort((one, other) => one - other),
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await settled();
        const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (!next) break;
        now = next.at;
        timers.delete(next);
        next.callback();
      }
      now = end;
    },
  };
  return clock;
}

/** Resolves when promises that were fulfilled before have called everybody who waits for them. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
