/** How a page is answered, whoever answers it: whole, or with "not modified" to whoever has it. */
export type PageHead = { readonly status: 200 | 304; readonly headers: Readonly<Record<string, string>> };

/** What the JSON of this API is told to be. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * The status and headers of a page of history. A page is told by its URL and the version of its conversation, so that is its
 * entity tag; weak, because whether a page came from a cache is written in it. Private and always asked again: a copy on the
 * way knows nothing of versions, nor of who takes part.
 */
export function describePage(version: number, ifNoneMatch: string | undefined): PageHead {
  const tag = `W/"${version}"`;
  const headers = { 'Cache-Control': 'private, no-cache', ETag: tag };
  if (ifNoneMatch !== undefined && isNamed(tag, ifNoneMatch)) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'Content-Type': JSON_TYPE } };
}

/** Whether If-None-Match names the tag, by the weak comparison (RFC 9110, 13.1.2). */
function isNamed(tag: string, ifNoneMatch: string): boolean {
  if (ifNoneMatch === tag || ifNoneMatch === '*') return true;
  const opaque = tag.slice(2);
  return ifNoneMatch.split(',').some((entry) => entry.trim().replace(/^W\//, '') === opaque);
}
