import { randomBytes } from 'node:crypto';
import type { CacheConfig } from '../config/config.ts';
import type { Change } from '../domain/change.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import { Announcements } from './announcements.ts';
import type { CacheCounters } from './cache-counters.ts';
import {
  type CachedPage,
  decodePage,
  encodePage,
  type Marker,
  markerKey,
  pageKey,
  parseMarker,
} from './cached-page.ts';
import { LONGEST_READ, PendingInvalidations } from './pending-invalidations.ts';
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts';

/** What a look into the cache gave. */
export type Lookup =
  | { readonly found: 'page'; readonly page: CachedPage; readonly marker: Marker; readonly life: number }
  /** No servable page; a page read from Postgres from now on may be stored under this marker. */
  | { readonly found: 'marker'; readonly marker: Marker }
  /** The cache is not to be used for this request. */
  | { readonly found: 'nothing' };

// A marker must outlive the pages stored under it, or they would be lost early (never wrong: no marker, no page).
const MARKER_LIVES_PAGES = 5;

// Pages of one moment must not expire in one moment. Only ever shorter, so that a TTL stays an upper bound of staleness.
const SHORTEST_TTL = 0.9;

/**
 * Pages of history in Redis. A page is servable only while the marker of its conversation says exactly what it says itself.
 *
 *     msg:version:{conversation}                   "nonce:version"
 *     msg:history:{conversation}:{limit}:{offset}  "nonce:version [participants]⏎body"
 *
 *   reader                          Redis                          writer
 *   ──────                          ─────                          ──────
 *   MGET marker, page ────────────▶ equal? ──yes──▶ served
 *     no marker: SET NX nonce:0 ──▶
 *   read Postgres ◀── a snapshot taken after the marker was seen   COMMIT (version v in the same transaction)
 *   FILL if nonce same and ───────▶                       ◀─────── ANNOUNCE: raise marker to v, if lower; create if
 *     announced ≤ page's version                                   missing; publish the event. Then acknowledge
 *
 * Invariants
 *  1. In one life of a marker (one nonce) its version only grows: ANNOUNCE and FILL never lower it, SET NX never replaces it.
 *  2. Once a send of version v is acknowledged, and its ANNOUNCE succeeded, no page older than v is servable: in the life
 *     that ANNOUNCE saw, the marker is ≥ v and pages must equal it; a later life begins with a nonce that no older page has.
 *  3. A page stored in a life was read from Postgres after that life began: its reader saw or made the marker first.
 *
 * Every interleaving of a slow reader R (saw marker n:a, read version p, then fills) with whatever happens in between:
 *  - a send commits after R's snapshot and raises to v > p: the marker says v > p: the fill is dropped.
 *  - a send commits after R's snapshot and has not raised yet: the fill is stored and served until the raise; that send
 *    is not acknowledged yet, so nobody may expect it.
 *  - a send raises before R fills, but committed before R's snapshot: p ≥ v: stored.
 *  - FLUSHALL, eviction or expiry of the marker, or a restart of Redis: no marker: dropped. If another reader or writer
 *    began a new life m meanwhile: n ≠ m: dropped, and pages of life n still in Redis are not servable either.
 *  - eviction or expiry of pages: a miss, nothing more. Marker and pages may be evicted in any order.
 *  - the marker expires after an acknowledged send of v, and R makes a new one, "m:0": R reads Postgres after that, so
 *    p ≥ v (2 and 3). Version 0 claims nothing; it is the nonce that shuts out older pages.
 *  - a command that timed out here is executed late by a Redis that was stopped: ANNOUNCE is monotone, FILL checks when it
 *    is executed, SET NX begins a life that nobody but later readers use. All harmless.
 *  - two fills: both checked; the one that read less comes second: its version is lower than the marker: dropped.
 *  - a fill after the restore of an older backup of Postgres: dropped until the marker runs out (nobody renews a marker
 *    that is too new), then all is well.
 * The version covers all a page tells: messages, and the participants in its header. Whatever changes either bumps it.
 *
 * What is not guaranteed, said plainly: when an ANNOUNCE fails (Redis away or too slow) the send is acknowledged all the
 * same. This process remembers the invalidation, retries it, and does not use the cache for that conversation until it
 * is through (pending-invalidations.ts). ANOTHER process that still reaches Redis may serve the older page until it relays
 * the change itself, about 2 s after COMMIT (realtime/outbox-relay.ts). The same holds for a send that was never
 * acknowledged: this process died between COMMIT and ANNOUNCE, or answered 503 because Postgres took too long, and Postgres
 * committed all the same. Where no process can relay, because Postgres is away, and where Redis itself goes back in time (a
 * restart from a snapshot, a failover that lost writes), the page is served until it expires: 30 s for the newest page and
 * 60 s for older ones by default. A client that passes `minVersion`, the version it has seen, is never served an older
 * page, whatever happens here.
 */
export class HistoryCache {
  readonly #redis: RedisConnection;
  readonly #counters: CacheCounters;
  readonly #announcements: Announcements;
  readonly #recentTtl: number;
  readonly #olderTtl: number;
  readonly #markerTtl: number;
  readonly #pending: PendingInvalidations;

  /** `origin` names this process among those that share the Redis. */
  constructor(redis: RedisConnection, config: CacheConfig, counters: CacheCounters, origin: string) {
    this.#redis = redis;
    this.#counters = counters;
    this.#recentTtl = config.recentTtlSeconds * 1_000;
    this.#olderTtl = config.olderTtlSeconds * 1_000;
    const longestTtl = Math.max(this.#recentTtl, this.#olderTtl);
    this.#markerTtl = longestTtl * MARKER_LIVES_PAGES;
    this.#announcements = new Announcements(redis, { origin, markerTtl: this.#markerTtl });
    this.#pending = new PendingInvalidations({
      raise: (conversationId, version) => this.#announce({ conversationId, version }),
      longestTtl,
    });
    redis.onRecovery(() => void this.#pending.flush());
  }

  /**
   * Looks for a page; on a miss makes sure that there is a marker, and remembers it. `asksLife`: whether a page comes with the
   * milliseconds it has left, else 0. Never throws for Redis' sake.
   */
  async lookUp(address: PageAddress, minVersion: number, asksLife = false): Promise<Lookup> {
    if (!this.#pending.isUsable(address.conversationId)) {
      this.#counters.countRequest('bypass');
      return { found: 'nothing' };
    }
    try {
      const key = markerKey(address.conversationId);
      // Asked first: should the page be replaced in between, the new one is taken to end when the old one would have.
      const askedLife = asksLife ? this.#redis.run((client) => client.pttl(pageKey(address))) : 0;
      const asked = this.#redis.run((client) => client.mgetBuffer(key, pageKey(address)));
      const [life, [bytes, value]] = await Promise.all([askedLife, asked]);
      if (!bytes) return await this.#beginLife(key);
      const marker = parseMarker(bytes.toString('latin1'));
      const page = value ? decodePage(bytes, value) : undefined;
      return page && page.version >= minVersion ? { found: 'page', page, marker, life } : { found: 'marker', marker };
    } catch (error) {
      return this.#doWithout(error);
    }
  }

  /**
   * Stores a page under the marker its reader saw; drops it when it came too late. Answers the milliseconds that the page
   * lives at most, 0 when it was not stored. Never throws for Redis' sake.
   */
  async fill(address: PageAddress, marker: Marker, page: HistoryPage, body: Buffer): Promise<number> {
    const ttl = address.offset === 0 ? this.#recentTtl : this.#olderTtl;
    const jittered = Math.round(ttl * (SHORTEST_TTL + (1 - SHORTEST_TTL) * Math.random()));
    const value = encodePage(marker.nonce, page, body);
    const keys = [markerKey(address.conversationId), pageKey(address)] as const;
    try {
      const stored = await this.#redis.run((client) =>
        client.fillPage(...keys, marker.nonce, page.version, value, jittered, this.#markerTtl),
      );
      if (stored !== 1) return 0;
      this.#counters.countSet();
      return jittered;
    } catch (error) {
      this.#doWithout(error);
      return 0;
    }
  }

  /**
   * Makes every cached page older than the change unservable and tells all processes of it. Called after COMMIT and before
   * the sender is answered. Never throws for Redis' sake: what fails is remembered and retried, by its version alone.
   * Answers whether Redis was told.
   */
  async announce(change: Change): Promise<boolean> {
    try {
      await this.#announce(change);
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      this.#pending.add(change.conversationId, change.version);
      return false;
    }
  }

  /** Conversations whose invalidation has not reached Redis yet. */
  get pendingInvalidations(): number {
    return this.#pending.size;
  }

  /** Longest time, in milliseconds, that a page may be served after a change that was never announced. */
  get longestStaleness(): number {
    return Math.max(this.#recentTtl, this.#olderTtl) + LONGEST_READ;
  }

  /** Tries once more to bring pending invalidations through, then stops retrying. */
  async close(): Promise<void> {
    if (this.#redis.isAvailable) await this.#pending.flush();
    this.#pending.close();
  }

  async #announce(change: Change): Promise<void> {
    await this.#announcements.announce(change);
    this.#counters.countInvalidation();
  }

  async #beginLife(marker: string): Promise<Lookup> {
    const nonce = createNonce();
    const set = await this.#redis.run((client) => client.set(marker, `${nonce}:0`, 'PX', this.#markerTtl, 'NX'));
    if (set === 'OK') return { found: 'marker', marker: { nonce, version: 0 } };
    const other = await this.#redis.run((client) => client.get(marker)); // somebody was faster
    if (other !== null) return { found: 'marker', marker: parseMarker(other) };
    this.#counters.countRequest('bypass'); // and gone again: this page is not stored, the next one may be
    return { found: 'nothing' };
  }

  #doWithout(error: unknown): { found: 'nothing' } {
    if (!(error instanceof RedisUnavailable)) throw error;
    this.#counters.countRequest('error');
    return { found: 'nothing' };
  }
}

/** A name that nobody else has: 72 random bits, without colons and spaces. */
export function createNonce(): string {
  return randomBytes(9).toString('base64url');
}
