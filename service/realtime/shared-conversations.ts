import type { Connection } from './connection.ts';
import type { ConversationFeed } from './conversation-feed.ts';

/** In larger conversations nobody is told who comes and goes: it would be as many frames as they have participants, squared. */
const LARGEST_TOLD_OF_PRESENCE = 100;

/** Which of the followed conversations each user takes part in: whoever follows one of them is told when that user comes or goes. */
export class SharedConversations {
  readonly #feeds = new Map<string, Set<ConversationFeed>>();

  /** The participants of a feed are known anew. */
  update(feed: ConversationFeed, before: ReadonlySet<string>): void {
    this.#remove(feed, before);
    if (feed.participants.size > LARGEST_TOLD_OF_PRESENCE) return;
    for (const userId of feed.participants) {
      const feeds = this.#feeds.get(userId);
      if (feeds) feeds.add(feed);
      else this.#feeds.set(userId, new Set([feed]));
    }
  }

  /** A feed is followed no longer. */
  forget(feed: ConversationFeed): void {
    this.#remove(feed, feed.participants);
  }

  /** The sockets of others that follow a conversation with this user. */
  findFollowers(userId: string): ReadonlySet<Connection> {
    const found = new Set<Connection>();
    for (const feed of this.#feeds.get(userId) ?? []) {
      for (const subscriber of feed.subscribers) {
        if (subscriber.userId !== userId) found.add(subscriber.connection);
      }
    }
    return found;
  }

  #remove(feed: ConversationFeed, participants: ReadonlySet<string>): void {
    for (const userId of participants) {
      const feeds = this.#feeds.get(userId);
      feeds?.delete(feed);
      if (feeds?.size === 0) this.#feeds.delete(userId);
    }
  }
}
