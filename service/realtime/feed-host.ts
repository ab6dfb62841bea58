import type { ConversationFeed } from './conversation-feed.ts';
import type { Subscription } from './subscription.ts';

/** What a feed needs of the hub. */
export type FeedHost = {
  /** Has `flush` called at the end of this turn of the event loop. */
  flushSoon(feed: ConversationFeed): void;
  /** Has the gap read: at once, or after a moment in which the missing changes may come by themselves. */
  fillGap(feed: ConversationFeed, when: 'now' | 'soon'): void;
  /** So many frames were written to sockets. */
  countDeliveries(count: number): void;
  /** Who takes part is known anew. */
  onParticipants(feed: ConversationFeed, before: ReadonlySet<string>): void;
  /** A subscription was ended from here: its user takes no part any more. */
  onRemoved(feed: ConversationFeed, subscription: Subscription): void;
};
