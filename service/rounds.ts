/** Calls back once after so many milliseconds; what it answers cancels that. */
export type Schedule = (milliseconds: number, callback: () => void) => () => void;

/** By the clock; a process that has nothing else to do does not wait for it. */
export const scheduleByClock: Schedule = (milliseconds, callback) => {
  const timer = setTimeout(callback, milliseconds).unref();
  return () => clearTimeout(timer);
};

/** What rounds consist of. */
export type RoundsOptions = {
  readonly run: () => Promise<void>;
  /** Milliseconds until the next round, by how many failed in a row. */
  readonly wait: (failures: number) => number;
  /** Told the first failure in a row, as "<what failed>: <error>". */
  readonly warn: (message: string) => void;
  readonly whatFailed: string;
  readonly schedule: Schedule;
};

/** Background work that comes again and again, one round at a time, until it is stopped. A round that fails ends nothing. */
export class Rounds {
  readonly #options: RoundsOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Whether a round under way should come to its end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Begins with a wait. Nothing happens after `stop`. */
  start(): void {
    if (this.#isStopped || this.#cancel) return;
    this.#cancel = this.#options.schedule(this.#options.wait(this.#failures), () => {
      this.#running = this.#guardedRun().finally(() => {
        this.#cancel = undefined;
        this.start();
      });
    });
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async #guardedRun(): Promise<void> {
    try {
      await this.#options.run();
      this.#failures = 0;
    } catch (error) {
      if (this.#failures === 0) this.#options.warn(`${this.#options.whatFailed}: ${String(error)}`);
      this.#failures += 1;
    }
  }
}
