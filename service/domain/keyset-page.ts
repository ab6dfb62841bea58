/** A place in a conversation that a page is counted from: older than, newer than, or the neighbourhood of a seq. */
export type Place = { readonly before: number } | { readonly after: number } | { readonly around: number };

/** Which page of which conversation: at most `limit` messages at a place, always told newest first. */
export type KeysetAddress = { readonly conversationId: string; readonly limit: number; readonly place: Place };

/**
 * The messages next to a seq, the seq itself excluded: the newest that are older, or the oldest that are newer. A bound that
 * `yields` lies higher where the conversation begins so close below it, or above it, that the page would not be full.
 */
export type Bound = { readonly side: 'older' | 'newer'; readonly seq: number; readonly yields?: boolean };

/** The seqs of a page's newest and oldest message; null where it has none. */
export type PageEnds = { readonly newest: number | null; readonly oldest: number | null };

/** The oldest seq that a conversation holds (null: none), and the newest that was given (0: none). */
export type ConversationEnds = { readonly firstSeq: number | null; readonly lastSeq: number };

/** Whether there are messages older than the oldest of a page, and newer than its newest. */
export type Surroundings = { readonly hasOlder: boolean; readonly hasNewer: boolean };

/**
 * The bound that a page is read from. The neighbourhood of a seq is a page that ends half a page above it. Where the conversation
 * ends close above, the newest page is just what is read; where it begins close below, the bound yields. So all three
 * places are one range of the index.
 */
export function findBound(place: Place, limit: number): Bound {
  if ('before' in place) return { side: 'older', seq: place.before };
  if ('after' in place) return { side: 'newer', seq: place.after };
  return { side: 'older', seq: place.around + Math.floor((limit - 1) / 2) + 1, yields: true };
}

/** Looks at both ends of a page; a page without messages lies right at its bound. */
export function findSurroundings(page: PageEnds, { firstSeq, lastSeq }: ConversationEnds, bound: Bound): Surroundings {
  if (firstSeq === null) return { hasOlder: false, hasNewer: false };
  const empty = bound.side === 'older' ? bound.seq - 0.5 : bound.seq + 0.5; // between the bound and its neighbour
  return { hasOlder: firstSeq < (page.oldest ?? empty), hasNewer: (page.newest ?? empty) < lastSeq };
}
