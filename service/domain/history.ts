import type { JsonText } from './message.ts';

/** Most messages of one page. */
export const LARGEST_LIMIT = 100;

/** Messages of a page when nobody says how many. */
export const USUAL_LIMIT = 50;

/** How far back a page may start. */
export const LARGEST_OFFSET = 1_000_000;

/** Which page of which conversation: `limit` messages, newest first, after skipping the newest `offset`. */
export type PageAddress = { readonly conversationId: string; readonly limit: number; readonly offset: number };

/** A page as one snapshot of the database told it, with those who may read it. */
export type HistoryPage = {
  readonly version: number;
  readonly participantIds: readonly string[];
  /** A list of MessageViews. */
  readonly messages: JsonText;
  /** Whether older messages than these exist. */
  readonly hasMore: boolean;
};

/** A page as bytes of JSON, the same but for the word that says where it came from. */
export type SerializedPage = { readonly fresh: Buffer; readonly cached: Buffer };

/** Writes the JSON of a page twice: as it is answered now, and as a cache will answer it without touching it again. */
export function serializePage({ conversationId, limit, offset }: PageAddress, page: HistoryPage): SerializedPage {
  const { messages, version, hasMore } = page;
  const start = `{"conversationId":${JSON.stringify(conversationId)},"messages":${messages},"version":${version},"limit":${limit},"offset":${offset},"hasMore":${hasMore}`;
  return { fresh: Buffer.from(`${start},"fromCache":false}`), cached: Buffer.from(`${start},"fromCache":true}`) };
}
