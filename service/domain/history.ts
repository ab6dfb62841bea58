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

/** Writes a page as bytes of JSON: as it is answered now, or as a cache will answer it without touching it again. */
export type PageWriter = (fromCache: boolean) => Buffer;

/** Makes the writer of a page, which puts the text together once, however often it writes. */
export function serializePage({ conversationId, limit, offset }: PageAddress, page: HistoryPage): PageWriter {
  const { messages, version, hasMore } = page;
  const start = `{"conversationId":${JSON.stringify(conversationId)},"messages":${messages},"version":${version},"limit":${limit},"offset":${offset},"hasMore":${hasMore}`;
  return (fromCache) => Buffer.from(`${start},"fromCache":${fromCache}}`);
}
