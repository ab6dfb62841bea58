import type { ChangePublisher } from '../cache/event-publisher.ts';
import type { Outbox } from '../data/outbox.ts';
import type { Change, News } from '../domain/change.ts';

/** Hears of each change of this process at once, before Redis does. Must not throw. */
export type ChangeListener = (change: Change) => void;

/** Hears of users who now take part in a conversation. Must not throw. */
export type InvitationListener = (userIds: readonly string[], conversationId: string) => void;

type Trace = (work: () => Promise<void>) => Promise<void>;

/**
 * Makes a committed change known, between COMMIT and the acknowledgement:
 *
 *   COMMIT ──▶ this process (pages here, sockets here) ──▶ Redis: marker raised and event published, in one script ──▶ answer
 *                                                            └─ failed: the row of the outbox stays, a relay tries again
 */
export class Announcer {
  readonly #publisher: ChangePublisher | undefined;
  readonly #outbox: Outbox;
  readonly #trace: Trace;
  readonly #listeners = new Set<ChangeListener>();
  readonly #lateListeners = new Set<ChangeListener>();
  readonly #newsListeners = new Set<(news: News) => void>();
  readonly #invitationListeners = new Set<InvitationListener>();

  /** `trace` runs the work of each announcement, for whoever wants to see it. */
  constructor(publisher: ChangePublisher | undefined, outbox: Outbox, trace: Trace = (work) => work()) {
    this.#publisher = publisher;
    this.#outbox = outbox;
    this.#trace = trace;
  }

  /** Tells news to whoever is connected. Does not wait, and never throws. */
  tell(news: News): void {
    for (const listener of this.#newsListeners) listener(news);
  }

  /** Has a listener hear of the news of this process. */
  onNews(listener: (news: News) => void): void {
    this.#newsListeners.add(listener);
  }

  /** Tells users, wherever they are connected, that they take part in a conversation from now on. As `tell` does. */
  invite(userIds: readonly string[], conversationId: string): void {
    if (userIds.length === 0) return;
    for (const listener of this.#invitationListeners) listener(userIds, conversationId);
  }

  /** Has a listener hear of the invitations of this process. */
  onInvitation(listener: InvitationListener): void {
    this.#invitationListeners.add(listener);
  }

  /**
   * Has a listener hear of each change twice: at once, and again when Redis has taken it or failed. What was taken from Redis in
   * between may be older than the change, and where Redis failed no event will say so.
   */
  onChangeTwice(listener: ChangeListener): void {
    this.#listeners.add(listener);
    this.#lateListeners.add(listener);
  }

  /** Has a listener hear of each change when Redis has taken it or failed, after those who hear of it twice. */
  onAnnounced(listener: ChangeListener): void {
    this.#lateListeners.add(listener);
  }

  /** Has a listener hear of each change from now on. */
  onChange(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /** Resolves when every replica that can be reached was told. Never throws for Redis' sake. */
  announce(change: Change): Promise<void> {
    return this.#trace(async () => {
      const isTold = await this.relay(change);
      if (isTold && change.outboxId !== undefined) this.#outbox.settle(change.outboxId);
    });
  }

  /** The same for a change whose row in the outbox is somebody else's; answers whether the others were told. */
  async relay(change: Change): Promise<boolean> {
    for (const listener of this.#listeners) listener(change);
    try {
      return await (this.#publisher?.announce(change) ?? true);
    } finally {
      for (const listener of this.#lateListeners) listener(change);
    }
  }
}
