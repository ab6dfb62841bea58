import { StorageUnavailable } from '../domain/errors.ts';

/** Reads that may be under way at once: catching up must not take all connections to the database from requests. */
const AT_ONCE = 4;

/** Most reads that may wait. */
const MOST_WAITING = 10_000;

/** Longest wait in milliseconds; who waited so long is told to try again. */
const LONGEST_WAIT = 5_000;

type Waiting = { readonly run: () => void; readonly refuse: (error: Error) => void; readonly since: number };

/** Reads of Postgres on behalf of sockets, a few at a time, first come first served. Throws StorageUnavailable for who waits in vain. */
export class ReadQueue {
  #underWay = 0;
  readonly #waiting: Waiting[] = [];

  /** Runs a read as soon as there is room. */
  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#underWay >= AT_ONCE) await this.#wait();
    else this.#underWay += 1;
    try {
      return await read();
    } finally {
      this.#next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) throw buildRefusal();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run: resolve, refuse: reject, since: performance.now() });
    });
  }

  /** Hands the room of a read that ended to the next one. */
  #next(): void {
    const tooLate = performance.now() - LONGEST_WAIT;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (next.since >= tooLate) {
        next.run();
        return;
      }
      next.refuse(buildRefusal());
    }
    this.#underWay -= 1;
  }
}

function buildRefusal(): StorageUnavailable {
  return new StorageUnavailable(new Error('too many reads wait'));
}
