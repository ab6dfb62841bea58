import { pageKey } from '../../cache/cached-page.ts';
import type { PageAddress } from '../../domain/history.ts';
import { isId } from '../../domain/text.ts';
import { HISTORY_PATH } from '../messages/routes.ts';
import { findPlace, historyQuery } from '../messages/schema.ts';
import { readQuery } from '../query.ts';

/** What a URL asks for: a page counted from the newest message. */
export type HistoryUrl = PageAddress & {
  readonly minVersion: number;
  /** The user that the URL names. */
  readonly claimed: string | undefined;
  /** The page in a cache. */
  readonly key: string;
};

// A URL that is longer is read anew each time, so that what is remembered stays small: at most 2 × 2,048 × about 2 KB.
const LONGEST_REMEMBERED = 512;
const MOST_REMEMBERED = 2_048;

const [BEFORE_ID, AFTER_ID] = HISTORY_PATH.split(':id') as [string, string];

/**
 * Reads the raw URL of a request for a page of history, by the very schema of the route; answers undefined for whatever is not
 * exactly that, is wrong, or asks for a page at a seq. Remembers what it read in two generations: when the young one is full it
 * becomes the old one, so what is asked for again stays and what is not goes, at no cost for the hit.
 */
export class HistoryUrls {
  #young = new Map<string, HistoryUrl>();
  #old = new Map<string, HistoryUrl>();

  read(url: string): HistoryUrl | undefined {
    const known = this.#young.get(url);
    if (known) return known;
    const read = this.#old.get(url) ?? readHistoryUrl(url);
    if (read && url.length <= LONGEST_REMEMBERED) this.#remember(url, read);
    return read;
  }

  #remember(url: string, read: HistoryUrl): void {
    if (this.#young.size >= MOST_REMEMBERED) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(url, read);
  }
}

/** Reads a raw URL; undefined where Koa must see it. */
function readHistoryUrl(url: string): HistoryUrl | undefined {
  if (!url.startsWith(BEFORE_ID) || url.includes('#')) return undefined;
  const mark = url.indexOf('?');
  if (mark === -1 || !url.slice(0, mark).endsWith(AFTER_ID)) return undefined;
  const conversationId = decode(url.slice(BEFORE_ID.length, mark - AFTER_ID.length));
  if (conversationId === undefined) return undefined;
  const query = readHistoryQuery(url.slice(mark + 1));
  if (!query || findPlace(query)) return undefined;
  const { userId: claimed, limit, offset = 0, minVersion } = query;
  return { conversationId, limit, offset, minVersion, claimed, key: pageKey({ conversationId, limit, offset }) };
}

function readHistoryQuery(text: string) {
  try {
    return historyQuery.safeParse(readQuery(text)).data;
  } catch {
    return undefined; // a name that comes twice: the route says so
  }
}

function decode(segment: string): string | undefined {
  if (segment.includes('/')) return undefined;
  try {
    const id = decodeURIComponent(segment);
    return isId(id) ? id : undefined;
  } catch {
    return undefined; // a stray % sign
  }
}
