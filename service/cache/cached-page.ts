import type { HistoryPage, PageAddress } from '../domain/history.ts';

/** What a marker says: which life of the cache this is, and the newest version announced in it (0: none yet). */
export type Marker = { readonly nonce: string; readonly version: number };

/** A page of the cache that may be served. */
export type CachedPage = {
  readonly version: number;
  readonly participantIds: readonly string[];
  /** JSON, ready to be sent. */
  readonly body: Buffer;
};

const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Key of a cached page. Unambiguous for any conversation id, because what follows it is two numbers. */
export function pageKey({ conversationId, limit, offset }: PageAddress): string {
  return `msg:history:${conversationId}:${limit}:${offset}`;
}

/** Key of the marker of a conversation. */
export function markerKey(conversationId: string): string {
  return `msg:version:${conversationId}`;
}

/** Reads a marker `nonce:version`. */
export function parseMarker(text: string): Marker {
  const colon = text.indexOf(':');
  return { nonce: text.slice(0, colon), version: Number(text.slice(colon + 1)) };
}

/**
 * The value of a cached page:
 *
 *   nonce:version ["user-1","user-2"]⏎
 *   {"conversationId":…,"messages":[…],…,"fromCache":true}
 *
 * The header starts with the very bytes the marker must have, so that "same life and same version" is one comparison of
 * bytes; the participants follow, so that membership is checked on a hit too; the body is never parsed again.
 */
export function encodePage(nonce: string, page: HistoryPage, body: Buffer): Buffer {
  const header = `${nonce}:${page.version} ${JSON.stringify(page.participantIds)}\n`;
  return Buffer.concat([Buffer.from(header), body]);
}

/** The page, if it belongs to the marker; undefined when it is of another life or another version. */
export function decodePage(marker: Buffer, value: Buffer): CachedPage | undefined {
  const end = marker.length;
  if (value[end] !== SPACE || marker.compare(value, 0, end) !== 0) return undefined;
  const newline = value.indexOf(NEWLINE, end);
  return {
    version: parseMarker(marker.toString('latin1')).version,
    participantIds: JSON.parse(value.toString('utf8', end + 1, newline)) as string[],
    body: value.subarray(newline + 1),
  };
}
