import type { Change } from '../domain/change.ts';
import { NotParticipant } from '../domain/errors.ts';
import { type HistoryPage, type PageAddress, type PageWriter, serializePage } from '../domain/history.ts';
import type { CacheCounters } from './cache-counters.ts';
import { type CachedPage, type Marker, pageKey } from './cached-page.ts';
import { chooseRefresh } from './early-refresh.ts';
import type { HistoryCache } from './history-cache.ts';
import type { DroppedPage, Lease, LocalPage, LocalPages } from './local-pages.ts';

/** A page, and the version of the conversation that whoever wants it has seen already (0 when they do not say). */
export type WantedPage = PageAddress & { readonly minVersion: number };

/** Who wants to read which page. */
export type ReadRequest = WantedPage & { readonly userId: string };

/** A page that may be answered: JSON, and the version of the conversation it tells of. */
export type PageAnswer = { readonly version: number; readonly body: Buffer };

/** Reads one page from Postgres. */
export type PageSource = (address: PageAddress) => Promise<HistoryPage>;

/** The tiers of the cache, nearest first: both, Redis alone, or none. */
export type CacheTiers = {
  readonly local?: LocalPages | undefined;
  readonly shared?: HistoryCache | undefined;
  /** Numbers from 0 (included) to 1 (excluded); `Math.random` by default. */
  readonly random?: () => number;
};

type LoadedPage = { readonly page: HistoryPage; readonly write: PageWriter };
type Flight = { readonly marker: Marker; readonly loaded: Promise<LoadedPage> };

// How much a new measurement of the time that a load takes counts against what was known.
const WEIGHT = 0.2;

// So often a page must have been found in this process for a change to have it read anew: each load that nobody asked for was
// preceded by so many reads that asked for none.
const READS_OF_A_BUSY_PAGE = 3;

// Most pages that are read in the background at once: readers who wait come first to the connections of the pool.
const MOST_RELOADS = 4;

/**
 * Reads pages from the nearest tier that may serve them:
 *
 *   this process (local-pages.ts) ──▶ Redis (history-cache.ts) ──▶ Postgres, one load at a time for each page
 *
 * or straight from the source where there is no cache.
 */
export class HistoryReader {
  readonly #source: PageSource;
  readonly #local: LocalPages | undefined;
  readonly #shared: HistoryCache | undefined;
  readonly #counters: CacheCounters;
  readonly #random: () => number;
  readonly #flights = new Map<string, Flight>();
  /** Busy pages that a change outdated, by conversation, until Redis has taken the change. */
  readonly #outdated = new Map<string, DroppedPage>();
  #reloads = 0;
  /** How long a load takes, in milliseconds: a moving average. */
  #loadTime = 5;

  constructor(source: PageSource, { local, shared, random = Math.random }: CacheTiers, counters: CacheCounters) {
    this.#source = source;
    this.#local = shared && local;
    this.#shared = shared;
    this.#counters = counters;
    this.#random = random;
  }

  /**
   * Answers a page to a participant. Throws NotParticipant, ConversationNotFound or StorageUnavailable; membership is
   * checked on every path, with the participants of the snapshot that is answered.
   */
  async read(request: ReadRequest): Promise<PageAnswer> {
    const key = pageKey(request);
    const kept = this.#findLocally(key, request);
    if (kept) {
      this.#counters.countLocal('hit');
      if (!kept.participantIds.has(request.userId)) throw refuse(request);
      return kept;
    }
    const lease = this.#local?.lease(request.conversationId);
    if (this.#local) this.#counters.countLocal(lease ? 'miss' : 'bypass');
    try {
      return await this.#readOn(request, lease);
    } finally {
      if (lease) this.#local?.release(lease);
    }
  }

  /** A page that this process may answer at once to this user, for the fast lane. Whoever does says so by `countLocalHit`. */
  findNow(wanted: WantedPage & { readonly key: string }, userId: string): PageAnswer | undefined {
    const kept = this.#findLocally(wanted.key, wanted);
    return kept?.participantIds.has(userId) ? kept : undefined;
  }

  /** Counts a page that was answered from `findNow`. */
  countLocalHit(): void {
    this.#counters.countLocal('hit');
  }

  #findLocally(key: string, wanted: WantedPage): LocalPage | undefined {
    const kept = this.#local?.find(key);
    if (!kept || kept.version < wanted.minVersion) return undefined;
    if (performance.now() >= kept.refreshAt && this.#reloadSoon(wanted, kept.expiresAt))
      kept.refreshAt = Number.POSITIVE_INFINITY;
    return kept;
  }

  /** Drops the pages here that a change of this process outdates. */
  outdate({ conversationId, version }: Change): void {
    const dropped = this.#local?.invalidate(conversationId, version);
    if (dropped && dropped.reads >= READS_OF_A_BUSY_PAGE) this.#outdated.set(conversationId, dropped);
  }

  /**
   * Has the page of a busy conversation read anew in the background, once Redis has taken the change that outdated it: at most one
   * a change, so that its next reader does not wait for Postgres.
   */
  readAnew({ conversationId, version }: Change): void {
    const dropped = this.#outdated.get(conversationId);
    if (!dropped) return;
    this.#outdated.delete(conversationId);
    setImmediate(() => this.#reloadSoon({ ...dropped.address, minVersion: version }, 0)); // the sender is answered first
  }

  async #readOn(request: ReadRequest, lease: Lease | undefined): Promise<PageAnswer> {
    const lookup = await this.#shared?.lookUp(request, request.minVersion, lease !== undefined);
    if (lookup?.found === 'page') {
      this.#counters.countRequest('hit');
      this.#keep(request, lease, lookup.page, lookup.life);
      requireParticipant(request, lookup.page);
      return lookup.page;
    }
    if (lookup?.found === 'marker') this.#counters.countRequest('miss');
    const { page, write } =
      lookup?.found === 'marker' ? await this.#share(request, lookup.marker, lease) : await this.#load(request);
    requireParticipant(request, page);
    return { version: page.version, body: write(false) };
  }

  /**
   * One load at a time per page. A result that somebody else's load brings is taken only if it would be servable by the
   * marker this request saw after it arrived: same life, and no older than announced. That load may have read Postgres
   * before a send that this reader must see; then it is not enough, and this request loads by itself.
   */
  async #share(wanted: WantedPage, marker: Marker, lease: Lease | undefined): Promise<LoadedPage> {
    const key = pageKey(wanted);
    const flight = this.#flights.get(key);
    if (flight && flight.marker.nonce === marker.nonce) {
      const loaded = await flight.loaded;
      if (loaded.page.version >= Math.max(marker.version, wanted.minVersion)) return loaded;
    }
    const own = { marker, loaded: this.#loadAndFill(wanted, marker, lease) };
    this.#flights.set(key, own);
    try {
      return await own.loaded;
    } finally {
      if (this.#flights.get(key) === own) this.#flights.delete(key);
    }
  }

  /** Only whoever loads keeps the page, under the lease it took before it looked for the marker. */
  async #loadAndFill(wanted: WantedPage, marker: Marker, lease: Lease | undefined): Promise<LoadedPage> {
    const start = performance.now();
    const loaded = await this.#load(wanted);
    const { page, write } = loaded;
    const body = write(true);
    const life = (await this.#shared?.fill(wanted, marker, page, body)) ?? 0;
    this.#loadTime += (performance.now() - start - this.#loadTime) * WEIGHT;
    this.#keep(wanted, lease, { ...page, body }, life);
    return loaded;
  }

  async #load({ conversationId, limit, offset }: PageAddress): Promise<LoadedPage> {
    const address = { conversationId, limit, offset };
    const page = await this.#source(address);
    return { page, write: serializePage(address, page) };
  }

  /** Keeps a page that Redis has just vouched for, for as long as it lives there. */
  #keep(
    address: PageAddress,
    lease: Lease | undefined,
    { version, participantIds, body }: CachedPage,
    life: number,
  ): void {
    if (!lease || life <= 0) return;
    const expiresAt = performance.now() + life;
    const refreshAt = chooseRefresh(expiresAt, this.#loadTime, this.#random());
    // Copied: what comes from Redis is a part of something larger.
    const { conversationId, limit, offset } = address;
    this.#local?.put(lease, pageKey(address), {
      address: { conversationId, limit, offset },
      version,
      participantIds: new Set(participantIds),
      body: Buffer.from(body),
      expiresAt,
      refreshAt,
    });
  }

  /**
   * Reads a page in the background that is to live beyond `endsAfter`; answers whether that has begun. Whoever wants the page before
   * it is there waits as without it, so failing costs nothing else.
   */
  #reloadSoon(wanted: WantedPage, endsAfter: number): boolean {
    const lease = this.#reloads < MOST_RELOADS ? this.#local?.lease(wanted.conversationId) : undefined;
    if (!lease) return false;
    this.#reloads += 1;
    this.#reload(wanted, endsAfter, lease)
      .catch(() => undefined)
      .finally(() => {
        this.#reloads -= 1;
        this.#local?.release(lease);
      });
    return true;
  }

  async #reload(wanted: WantedPage, endsAfter: number, lease: Lease): Promise<void> {
    const lookup = await this.#shared?.lookUp(wanted, wanted.minVersion, true);
    if (!lookup || lookup.found === 'nothing') return;
    const isReloaded = lookup.found === 'page' && performance.now() + lookup.life > endsAfter + this.#loadTime;
    if (isReloaded)
      this.#keep(wanted, lease, lookup.page, lookup.life); // by another process
    else await this.#share(wanted, lookup.marker, lease);
  }
}

function requireParticipant(request: ReadRequest, { participantIds }: Pick<HistoryPage, 'participantIds'>): void {
  if (!participantIds.includes(request.userId)) throw refuse(request);
}

function refuse({ conversationId, userId }: ReadRequest): NotParticipant {
  return new NotParticipant(conversationId, userId);
}
