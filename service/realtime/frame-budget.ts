/** Frames that a client may send at once. A client that resumes subscribes to all its conversations in one go. */
const BURST = 200;

/** Frames per second that it may send for ever. */
const PER_SECOND = 20;

/** How many frames a connection may still send: a bucket that fills slowly. */
export class FrameBudget {
  #left = BURST;
  #at: number;

  /** `now` in milliseconds, on a clock that only grows. */
  constructor(now: number) {
    this.#at = now;
  }

  /** Takes one frame's worth; false when nothing is left. */
  take(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) * PER_SECOND) / 1_000);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
