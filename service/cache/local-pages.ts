import type { PageAddress } from '../domain/history.ts';

/** A page as the process keeps it: bytes that are ready to be sent, and what must be checked before they are. */
export type LocalPage = {
  readonly address: PageAddress;
  readonly version: number;
  readonly participantIds: ReadonlySet<string>;
  /** JSON, ready to be sent. */
  readonly body: Buffer;
  /** When the page ends, on the clock of the tier, in milliseconds. */
  readonly expiresAt: number;
  /** When its first reader is to have it read anew in the background, so that no reader waits for that at the end. */
  refreshAt: number;
};

/** A page that is no longer kept, and how often it was found while it was. */
export type DroppedPage = LocalPage & { readonly reads: number };

/** Leave to keep one page of a conversation that is loaded from now on. Must be given back. */
export type Lease = { readonly conversationId: string; readonly epoch: number; readonly interest: Interest };

/** What was announced for a conversation while pages of it were loaded. */
type Interest = { leases: number; announced: number };

type Entry = LocalPage & { readonly key: string; readonly size: number; reads: number };

/** Where the tier stands, and on what it relies. */
export type LocalPagesOptions = {
  /** Most bytes that pages, their participants and the book-keeping may take; 0 keeps nothing. */
  readonly maxBytes: number;
  /** Whether everything that was announced up to a moment ago is known to have arrived here (event-stream.ts). */
  readonly isStreamHealthy: () => boolean;
  /** Milliseconds that only grow; `performance.now` by default. */
  readonly now?: () => number;
};

// What V8 needs for an entry, its places in three collections, and each participant's place in a set: estimates, upwards.
const ENTRY_BYTES = 600;
const PARTICIPANT_BYTES = 64;

/**
 * Pages of history within this process: a hit costs no trip to Redis. Bounded by bytes; the least recently read go first.
 *
 *   reader                        this tier                       event stream (one connection, in order)
 *   ──────                        ─────────                       ──────────────────────────────────────
 *   find ──healthy, unexpired──▶  served
 *   lease ─────────────────────▶  remembers what is announced ◀── event (conversation, version v):
 *   Redis, or Redis and Postgres    from now on                     drop its pages older than v
 *   put ── lease still good ───▶  kept                         ◀── lapse: drop everything, begin a new epoch
 *
 * A page is put only if Redis has just vouched for it: it was served under its marker, or its fill was accepted
 * (history-cache.ts), by a command sent after the lease was taken. Every announcement raises the marker and is published
 * in one script, so Redis puts "vouched" and "announced" in one order.
 *
 * Invariants
 *  1. A kept page of version p is dropped as soon as an event of version v > p is seen, and none older than the newest
 *     event that was seen since its lease was taken is put.
 *  2. So, for a page that Redis vouched for and an announcement of v > p: had Redis made the announcement first, it would
 *     not have vouched. It came later, so its event comes through a subscription that was healthy when the lease was
 *     taken, and either voids the lease or drops the page. Only a broken subscription can lose it:
 *  3. A lapse voids all pages and all leases. Until it is noticed, `isStreamHealthy` says so at each find: pages are
 *     served only while a PING sent no longer than 1.5 s ago was answered, behind all that was published before it.
 *  4. Whoever sends drops the pages of its own process itself, after COMMIT and before it acknowledges: at once, and again
 *     when Redis has taken the announcement or failed. A page that Redis vouched for in between may be older, and where
 *     Redis failed no event would drop it. So plain readers of the sender's process see what it has acknowledged.
 *
 * Every interleaving of a load L (lease, vouched page of version p, put) with an event E of version v:
 *  - E before the lease: Redis had raised the marker: p ≥ v.
 *  - E between lease and put, v > p: the lease says v: not put. v ≤ p: put.
 *  - E after the put, v > p: dropped. v ≤ p: kept, it tells of nothing that the page does not have.
 *  - two loads, the older put last: the newer page stays, whether its event has come or not.
 *  - lapse, or lapse and recovery, between lease and put: another epoch: not put.
 *  - the process sends v itself: dropped before ANNOUNCE, and what Redis vouched for until ANNOUNCE was taken, or failed,
 *    is dropped or voided after it. From then on Redis vouches for v or, where it failed, is not asked here.
 *  - events twice or out of order (the relay of the outbox repeats): each drops only what is older than itself.
 *
 * Staleness, said plainly: between the acknowledgement of a send by another process and the arrival of its event here, an
 * older page may be served to whoever does not pass `minVersion`: as long as one event takes, at most 1.5 s.
 */
export class LocalPages {
  readonly #options: Required<LocalPagesOptions>;
  /** In order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #byConversation = new Map<string, Set<Entry>>();
  readonly #interests = new Map<string, Interest>();
  #epoch = 0;
  #bytes = 0;

  constructor(options: LocalPagesOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Pages that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes that are taken, book-keeping included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the tier may be used now: it may keep something, and its stream is healthy. */
  get isUsable(): boolean {
    return this.#options.maxBytes > 0 && this.#options.isStreamHealthy();
  }

  /** The page under a key (`pageKey`), if it may be served now. */
  find(key: string): LocalPage | undefined {
    const entry = this.#entries.get(key);
    if (!entry || !this.#options.isStreamHealthy()) return undefined;
    if (entry.expiresAt <= this.#options.now()) {
      this.#remove(entry);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.reads += 1;
    return entry;
  }

  /** Takes a lease, before Redis is asked; undefined where the tier may not be used. `release` must follow. */
  lease(conversationId: string): Lease | undefined {
    if (!this.isUsable) return undefined;
    let interest = this.#interests.get(conversationId);
    if (!interest) {
      interest = { leases: 0, announced: 0 };
      this.#interests.set(conversationId, interest);
    }
    interest.leases += 1;
    return { conversationId, epoch: this.#epoch, interest };
  }

  /** Gives a lease back. Once. */
  release({ conversationId, interest }: Lease): void {
    interest.leases -= 1;
    if (interest.leases === 0) this.#interests.delete(conversationId);
  }

  /** Keeps a page that Redis vouched for since the lease was taken; answers whether it did. */
  put(lease: Lease, key: string, page: LocalPage): boolean {
    if (lease.epoch !== this.#epoch || page.version < lease.interest.announced) return false;
    const known = this.#entries.get(key);
    if (known && known.version > page.version) return false;
    const size = measure(key, page);
    if (size > this.#options.maxBytes) return false;
    if (known) this.#remove(known);
    this.#add({ ...page, key, size, reads: 0 });
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#remove(oldest);
    }
    return true;
  }

  /**
   * Drops the pages of a conversation that are older than `version`, and voids leases for such. Answers the one of them that was
   * read most.
   */
  invalidate(conversationId: string, version: number): DroppedPage | undefined {
    const interest = this.#interests.get(conversationId);
    if (interest && interest.announced < version) interest.announced = version;
    let mostRead: Entry | undefined;
    for (const entry of this.#byConversation.get(conversationId) ?? []) {
      if (entry.version >= version) continue;
      this.#remove(entry);
      if (!mostRead || entry.reads > mostRead.reads) mostRead = entry;
    }
    return mostRead;
  }

  /** Drops everything and voids all leases: events may have been lost. */
  clear(): void {
    this.#epoch += 1;
    this.#entries.clear();
    this.#byConversation.clear();
    this.#bytes = 0;
  }

  #add(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#bytes += entry.size;
    const others = this.#byConversation.get(entry.address.conversationId);
    if (others) others.add(entry);
    else this.#byConversation.set(entry.address.conversationId, new Set([entry]));
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.size;
    const others = this.#byConversation.get(entry.address.conversationId);
    others?.delete(entry);
    if (others?.size === 0) this.#byConversation.delete(entry.address.conversationId);
  }
}

function measure(key: string, page: LocalPage): number {
  let bytes = ENTRY_BYTES + key.length * 2 + page.body.length;
  for (const id of page.participantIds) bytes += PARTICIPANT_BYTES + id.length * 2;
  return bytes;
}
