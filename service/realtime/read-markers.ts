import type { Announcer } from './announcer.ts';
import type { Subscription } from './subscription.ts';

/** Moves a participant's marker forward; answers where it is, and whether it was further back before. */
export type MarkRead = (
  conversationId: string,
  userId: string,
  seq: number,
) => Promise<{ readonly lastReadSeq: number; readonly isMoved: boolean }>;

/**
 * The markers that sockets move. A client tells each message that it shows, and only the newest counts: at most one statement
 * for each subscription is under way, and what came meanwhile is one more.
 */
export class ReadMarkers {
  readonly #markRead: MarkRead;
  readonly #announcer: Announcer;

  constructor(markRead: MarkRead, announcer: Announcer) {
    this.#markRead = markRead;
    this.#announcer = announcer;
  }

  /** Never throws: a marker that cannot be moved now stays, and the next frame moves it. */
  async move(subscription: Subscription, conversationId: string, seq: number): Promise<void> {
    subscription.wantedRead = Math.max(subscription.wantedRead, seq);
    if (subscription.isMarking) return;
    subscription.isMarking = true;
    try {
      for (let marked = 0; marked < subscription.wantedRead; ) {
        marked = subscription.wantedRead;
        await this.#mark(conversationId, subscription.userId, marked);
      }
    } catch {
      subscription.wantedRead = 0;
    }
    subscription.isMarking = false;
  }

  async #mark(conversationId: string, userId: string, seq: number): Promise<void> {
    const { lastReadSeq, isMoved } = await this.#markRead(conversationId, userId, seq);
    if (!isMoved) return;
    this.#announcer.tell({
      conversationId,
      json: JSON.stringify({ type: 'read', conversationId, userId, seq: lastReadSeq }),
    });
  }
}
