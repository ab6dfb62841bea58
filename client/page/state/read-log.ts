import type { Answered } from '../../request.ts';

/** One read of a page: where it came from, how long it took on the way here, and what it showed. */
export type Read = {
  readonly number: number;
  readonly source: 'cache' | 'postgres';
  readonly milliseconds: number;
  readonly version: number;
  readonly messages: number;
};

const KEPT = 12;

/** The newest reads of history pages, the newest first. */
export class ReadLog {
  #reads: Read[] = [];
  #count = 0;

  get reads(): readonly Read[] {
    return this.#reads;
  }

  /** Share of the reads so far that came from the cache, 0 to 1; undefined before the first one. */
  get hitRatio(): number | undefined {
    return this.#count === 0 ? undefined : this.#hits / this.#count;
  }

  #hits = 0;

  /** Takes an answer, if it is that of a page; answers whether it was. */
  take({ operation, milliseconds, answer }: Answered): boolean {
    if (operation !== 'readHistory') return false;
    const { fromCache, version, messages } = answer as { fromCache: boolean; version: number; messages: unknown[] };
    this.#count += 1;
    if (fromCache) this.#hits += 1;
    const source = fromCache ? 'cache' : 'postgres';
    const read: Read = { number: this.#count, source, milliseconds, version, messages: messages.length };
    this.#reads = [read, ...this.#reads].slice(0, KEPT);
    return true;
  }
}
