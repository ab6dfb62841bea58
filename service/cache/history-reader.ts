import { NotParticipant } from '../domain/errors.ts';
import { type HistoryPage, type PageAddress, type SerializedPage, serializePage } from '../domain/history.ts';
import type { CacheCounters } from './cache-counters.ts';
import { type Marker, pageKey } from './cached-page.ts';
import type { HistoryCache } from './history-cache.ts';

/** Who wants to read which page, and the version of the conversation they have seen already (0 when they do not say). */
export type ReadRequest = PageAddress & { readonly userId: string; readonly minVersion: number };

/** Reads one page from Postgres. */
export type PageSource = (address: PageAddress) => Promise<HistoryPage>;

type LoadedPage = { readonly page: HistoryPage; readonly json: SerializedPage };
type Flight = { readonly marker: Marker; readonly loaded: Promise<LoadedPage> };

/** Reads pages through the cache, or straight from the source where there is no cache. */
export class HistoryReader {
  readonly #source: PageSource;
  readonly #cache: HistoryCache | undefined;
  readonly #counters: CacheCounters;
  readonly #flights = new Map<string, Flight>();

  constructor(source: PageSource, cache: HistoryCache | undefined, counters: CacheCounters) {
    this.#source = source;
    this.#cache = cache;
    this.#counters = counters;
  }

  /**
   * Answers the JSON of a page to a participant. Throws NotParticipant, ConversationNotFound or StorageUnavailable;
   * membership is checked on every path, with the participants of the snapshot that is answered.
   */
  async read(request: ReadRequest): Promise<Buffer> {
    const lookup = await this.#cache?.lookUp(request, request.minVersion);
    if (lookup?.found === 'page') {
      this.#counters.countRequest('hit');
      requireParticipant(request, lookup.page.participantIds);
      return lookup.page.body;
    }
    if (lookup?.found === 'marker') this.#counters.countRequest('miss');
    const loaded = lookup?.found === 'marker' ? await this.#share(request, lookup.marker) : await this.#load(request);
    requireParticipant(request, loaded.page.participantIds);
    return loaded.json.fresh;
  }

  /**
   * One load at a time per page. A result that somebody else's load brings is taken only if it would be servable by the
   * marker this request saw after it arrived: same life, and no older than announced. That load may have read Postgres
   * before a send that this reader must see; then it is not enough, and this request loads by itself.
   */
  async #share(request: ReadRequest, marker: Marker): Promise<LoadedPage> {
    const key = pageKey(request);
    const flight = this.#flights.get(key);
    if (flight && flight.marker.nonce === marker.nonce) {
      const loaded = await flight.loaded;
      if (loaded.page.version >= Math.max(marker.version, request.minVersion)) return loaded;
    }
    const own = { marker, loaded: this.#loadAndFill(request, marker) };
    this.#flights.set(key, own);
    try {
      return await own.loaded;
    } finally {
      if (this.#flights.get(key) === own) this.#flights.delete(key);
    }
  }

  async #loadAndFill(request: ReadRequest, marker: Marker): Promise<LoadedPage> {
    const loaded = await this.#load(request);
    await this.#cache?.fill(request, marker, loaded.page, loaded.json.cached);
    return loaded;
  }

  async #load({ conversationId, limit, offset }: PageAddress): Promise<LoadedPage> {
    const address = { conversationId, limit, offset };
    const page = await this.#source(address);
    return { page, json: serializePage(address, page) };
  }
}

function requireParticipant({ conversationId, userId }: ReadRequest, participantIds: readonly string[]): void {
  if (!participantIds.includes(userId)) throw new NotParticipant(conversationId, userId);
}
