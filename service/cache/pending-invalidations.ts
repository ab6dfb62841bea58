/** Most conversations remembered, about 200 bytes each. */
const MOST_PENDING = 10_000;

const RETRY_INTERVAL = 250;
const AT_ONCE = 32;

/** Longest time between the snapshot of a reader anywhere and the end of its fill, in ms: a statement, a command, slack. */
export const LONGEST_READ = 10_000;

/** How invalidations are brought through, and how long a page may live, in milliseconds. */
export type PendingOptions = {
  readonly raise: (conversationId: string, version: number) => Promise<void>;
  readonly longestTtl: number;
  readonly mostPending?: number;
  /** Milliseconds that only grow; `performance.now` by default. */
  readonly now?: () => number;
};

/**
 * Invalidations that have not reached Redis: per conversation the newest version is enough.
 *
 *   add ──▶ pending ──retried until Redis takes it──▶ gone; the conversation is served from the cache again
 *    └─full──▶ forgotten: the whole cache is unusable here until every page that could be meant has expired
 *
 * Bounded: what does not fit is forgotten, and then nothing of the cache may be served by this process until a safe point.
 * That point is counted from the moment when nothing waits any more, that is when Redis takes commands again: a page of a
 * forgotten conversation was stored at the latest by a read under way then (LONGEST_READ, which includes fills that a
 * stopped Redis executes late) and lives no longer than the longest TTL.
 */
export class PendingInvalidations {
  readonly #versions = new Map<string, number>();
  readonly #options: Required<PendingOptions>;
  /** Negative infinity: nothing was forgotten. Infinity: something was, and Redis has not taken all that wait. */
  #unusableUntil = Number.NEGATIVE_INFINITY;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PendingOptions) {
    this.#options = { mostPending: MOST_PENDING, now: () => performance.now(), ...options };
  }

  /** Conversations that wait. */
  get size(): number {
    return this.#versions.size;
  }

  /** Whether this process may serve this conversation from the cache. */
  isUsable(conversationId: string): boolean {
    if (this.#versions.size > 0 && this.#versions.has(conversationId)) return false;
    return this.#unusableUntil === Number.NEGATIVE_INFINITY || this.#options.now() >= this.#unusableUntil;
  }

  /** Remembers an invalidation and retries it in the background. */
  add(conversationId: string, version: number): void {
    const known = this.#versions.get(conversationId);
    if (known === undefined && this.#versions.size >= this.#options.mostPending) {
      this.#unusableUntil = Number.POSITIVE_INFINITY;
    } else {
      this.#versions.set(conversationId, Math.max(version, known ?? 0));
    }
    this.#schedule();
  }

  /** Tries all that wait, a few at a time; gives up at the first failure until the next retry. */
  flush(): Promise<void> {
    this.#flushing ??= this.#tryAll().finally(() => {
      this.#flushing = undefined;
      this.#schedule();
    });
    return this.#flushing;
  }

  /** Stops retrying. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #tryAll(): Promise<void> {
    const waiting = [...this.#versions];
    for (let start = 0; start < waiting.length; start += AT_ONCE) {
      const batch = waiting.slice(start, start + AT_ONCE);
      const results = await Promise.allSettled(batch.map((entry) => this.#try(...entry)));
      if (results.some(({ status }) => status === 'rejected')) return;
    }
  }

  async #try(conversationId: string, version: number): Promise<void> {
    await this.#options.raise(conversationId, version);
    // A newer send may have been added while this one was under way.
    if (this.#versions.get(conversationId) === version) this.#versions.delete(conversationId);
    if (this.#versions.size === 0 && this.#unusableUntil === Number.POSITIVE_INFINITY) {
      this.#unusableUntil = this.#options.now() + this.#options.longestTtl + LONGEST_READ;
    }
  }

  #schedule(): void {
    if (this.#closed || this.#versions.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), RETRY_INTERVAL);
    this.#timer.unref();
  }
}
