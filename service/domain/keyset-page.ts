import type { MessageView } from './message.ts';

/** A place in a conversation that a page is counted from: older than, newer than, or the neighbourhood of a seq. */
export type Place = { readonly before: number } | { readonly after: number } | { readonly around: number };

/** Which page of which conversation: at most `limit` messages at a place, always told newest first. */
export type KeysetAddress = { readonly conversationId: string; readonly limit: number; readonly place: Place };

/** The messages next to a seq, the seq itself excluded: the newest that are older, or the oldest that are newer. */
export type Bound = { readonly side: 'older' | 'newer'; readonly seq: number };

/** What Postgres tells of a page: its messages, newest first, and the ends of its conversation. */
export type KeysetRows = {
  readonly messages: readonly MessageView[];
  /** The oldest seq there is; null where there is none. */
  readonly firstSeq: number | null;
  /** The newest seq that was given; 0 where none was. */
  readonly lastSeq: number;
};

/** Whether there are messages older than the oldest of a page, and newer than its newest. */
export type Surroundings = { readonly hasOlder: boolean; readonly hasNewer: boolean };

/**
 * The bound that a page is read from. The neighbourhood of a seq is a page that ends half a page above it, or, as seq has no
 * gaps, at `limit` where the conversation begins so close below that the page would not be full. Where it ends close above,
 * the newest page is just what is read. So all three places are one range of the index.
 */
export function findBound(place: Place, limit: number): Bound {
  if ('before' in place) return { side: 'older', seq: place.before };
  if ('after' in place) return { side: 'newer', seq: place.after };
  return { side: 'older', seq: Math.max(place.around + Math.floor((limit - 1) / 2), limit) + 1 };
}

/** Looks at both ends of a page; a page without messages lies right at its bound. */
export function findSurroundings({ messages, firstSeq, lastSeq }: KeysetRows, bound: Bound): Surroundings {
  if (firstSeq === null) return { hasOlder: false, hasNewer: false };
  const empty = bound.side === 'older' ? bound.seq - 0.5 : bound.seq + 0.5; // between the bound and its neighbour
  const oldest = messages.at(-1)?.seq ?? empty;
  const newest = messages[0]?.seq ?? empty;
  return { hasOlder: firstSeq < oldest, hasNewer: newest < lastSeq };
}
