/** Something that wants to look at itself at certain times. */
export type Timed = {
  /** Its place in the wheel, kept by the wheel alone; -1 where it has none, as at first. */
  slot: number;
  /** Does what is due at `now`; answers when to look again, in ms on the wheel's clock, or undefined for never. */
  look(now: number): number | undefined;
};

/** How long one turn of the wheel is, in ticks. */
const SLOTS = 256;

/** The places of those who are nowhere, and of those who are about to look. */
const NOWHERE = -1;
const DUE = -2;

/**
 * One timer for all: a ring of slots, each with those that are to look at themselves in its tick. A timer of Node's own for
 * each ping and each deadline of 10,000 sockets would cost more memory than the rest of their state.
 *
 * Nobody looks later than one tick after it was due. Somebody may look early (one turn is as far as the wheel reaches), so
 * each compares with `now`.
 */
export class TimerWheel {
  readonly #tick: number;
  readonly #now: () => number;
  readonly #slots: Set<Timed>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #timer: NodeJS.Timeout;
  #done: number;

  /** `tick` in milliseconds. */
  constructor(tick: number, now: () => number = () => performance.now()) {
    this.#tick = tick;
    this.#now = now;
    this.#done = Math.floor(now() / tick);
    this.#timer = setInterval(() => this.turn(), tick);
    this.#timer.unref();
  }

  /** Has it look at `due`, and no longer when it wanted to before. */
  place(timed: Timed, due: number): void {
    this.remove(timed);
    const first = this.#done + 1;
    timed.slot = Math.min(Math.max(Math.ceil(due / this.#tick), first), first + SLOTS - 2) % SLOTS;
    this.#slots[timed.slot]?.add(timed);
  }

  /** Lets it be. */
  remove(timed: Timed): void {
    if (timed.slot >= 0) this.#slots[timed.slot]?.delete(timed);
    timed.slot = NOWHERE;
  }

  /** Has all look that are due; called by the wheel's own timer. */
  turn(): void {
    const now = this.#now();
    const until = Math.floor(now / this.#tick);
    // After a pause of the process longer than one turn, each slot is gone through once.
    const from = Math.max(this.#done + 1, until - SLOTS + 1);
    this.#done = until;
    const due: Timed[] = [];
    for (let tick = from; tick <= until; tick += 1) {
      const slot = this.#slots[tick % SLOTS] as Set<Timed>;
      for (const timed of slot) {
        timed.slot = DUE;
        due.push(timed);
      }
      slot.clear();
    }
    for (const timed of due) {
      if (timed.slot !== DUE) continue; // removed, or placed anew, by one that looked before it
      timed.slot = NOWHERE;
      const next = timed.look(now);
      if (next !== undefined) this.place(timed, next);
    }
  }

  /** Stops the timer and forgets everybody. */
  close(): void {
    clearInterval(this.#timer);
    for (const slot of this.#slots) slot.clear();
  }
}
