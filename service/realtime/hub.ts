import type { Change, News } from '../domain/change.ts';
import { StorageUnavailable } from '../domain/errors.ts';
import { type Snapshot, writeSubscribed } from './catch-up.ts';
import type { Connection } from './connection.ts';
import { ConversationFeed } from './conversation-feed.ts';
import { FeedFlusher } from './feed-flusher.ts';
import type { FeedHost } from './feed-host.ts';
import { type FrameError, MOST_SUBSCRIPTIONS, type Refusable } from './frames.ts';
import { GapFiller } from './gap-filler.ts';
import { ReadQueue } from './read-queue.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import { SharedConversations } from './shared-conversations.ts';
import { type Position, Subscription } from './subscription.ts';
import { encodeTextFrame } from './text-frame.ts';

/** Conversations whose versions are compared by one statement. */
const COMPARED_AT_ONCE = 500;

/** What the hub stands on. */
export type HubParts = {
  readonly readCatchUp: (conversationId: string, from: Position | undefined) => Promise<Snapshot | undefined>;
  readonly readVersions: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Whether what other processes tell is known to arrive. */
  readonly isStreamHealthy: () => boolean;
  readonly metrics: RealtimeMetrics;
  /** Told of errors that nobody foresaw. */
  readonly onError: (error: unknown) => void;
};

/**
 * The conversations that sockets of this process follow. Everything that a conversation's followers learn goes through its
 * feed (conversation-feed.ts); this is where feeds come from and go to, and where the database is asked on their behalf.
 */
export class Hub {
  readonly #parts: HubParts;
  readonly #feeds = new Map<string, ConversationFeed>();
  readonly #reads = new ReadQueue();
  readonly #gaps: GapFiller;
  readonly #shared = new SharedConversations();
  readonly #host: FeedHost;
  readonly #flusher = new FeedFlusher();
  #subscriptions = 0;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#gaps = new GapFiller({
      reads: this.#reads,
      metrics: parts.metrics,
      readCatchUp: parts.readCatchUp,
      isWanted: (feed) => this.#feeds.get(feed.id) === feed,
    });
    this.#host = {
      flushSoon: (feed) => this.#flusher.add(feed),
      fillGap: (feed, when) => (when === 'now' ? void this.#gaps.fill(feed) : this.#gaps.fillSoon(feed)),
      countDeliveries: (count) => parts.metrics.countDeliveries('event', count),
      onParticipants: (feed, before) => this.#shared.update(feed, before),
      onRemoved: (feed, subscription) => this.#forget(subscription.connection, feed),
    };
  }

  /** Subscriptions of all sockets. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Has a connection follow a conversation from a position on; one that follows it already begins anew. Never throws. */
  async subscribe(connection: Connection, userId: string, id: string, from: Position | undefined): Promise<void> {
    const known = connection.subscriptions?.get(id);
    if (known) this.#end(connection, id, known);
    connection.subscriptions ??= new Map();
    if (connection.subscriptions.size >= MOST_SUBSCRIPTIONS) {
      const detail = `Expected at most ${MOST_SUBSCRIPTIONS} of them.`;
      return tellError(connection, 'subscribe', 'too-many-subscriptions', detail, id);
    }
    const subscription = new Subscription(connection, userId);
    connection.subscriptions.set(id, subscription);
    this.#subscriptions += 1;
    const feed = this.#findFeed(id);
    feed.startJoining();
    try {
      await this.#join(feed, subscription, from);
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) this.#parts.onError(error);
      this.#parts.metrics.countCatchUp('failed');
      this.#refuse(feed, subscription, 'storage-unavailable', 'The database is away. Subscribe again.');
    } finally {
      feed.stopJoining();
      this.#dropIdle(feed);
    }
  }

  /** Has a connection follow a conversation no longer; answers whether it did. */
  unsubscribe(connection: Connection, id: string): void {
    const subscription = connection.subscriptions?.get(id);
    if (subscription) this.#end(connection, id, subscription);
    connection.tell({ type: 'unsubscribed', conversationId: id, reason: 'asked' });
  }

  /** Ends everything that a connection follows, without telling it. */
  leave(connection: Connection): void {
    for (const [id, subscription] of connection.subscriptions ?? []) this.#end(connection, id, subscription);
  }

  /** Hears of a change, in any order and any number of times. */
  hear(change: Change): void {
    this.#feeds.get(change.conversationId)?.hear(change);
  }

  /** Tells news to those who follow its conversation. */
  tellNews({ conversationId, json, aboutUserId }: News): void {
    const feed = this.#feeds.get(conversationId);
    if (!feed) return;
    this.#parts.metrics.countDeliveries('news', feed.tellNews(encodeTextFrame(json), aboutUserId));
  }

  /** Tells whether somebody is there to those who follow a conversation that this user takes part in, once to each socket. */
  tellPresence(userId: string, json: string): void {
    const frame = encodeTextFrame(json);
    const told = this.#shared.findFollowers(userId);
    for (const connection of told) connection.writeNews(frame);
    this.#parts.metrics.countDeliveries('news', told.size);
  }

  /**
   * Compares what is followed with the database, and fills what is missing: for when events may have been lost. Throws
   * StorageUnavailable when that could not be done for all.
   */
  async compare(): Promise<void> {
    const feeds = [...this.#feeds.values()].filter((feed) => feed.isLoaded);
    for (let start = 0; start < feeds.length; start += COMPARED_AT_ONCE) {
      const batch = feeds.slice(start, start + COMPARED_AT_ONCE).map((feed) => ({ feed, was: feed.position.version }));
      const versions = await this.#reads.run(() => this.#parts.readVersions(batch.map(({ feed }) => feed.id)));
      for (const { feed, was } of batch) {
        const version = versions.get(feed.id);
        if (version === undefined || version < was) void this.#gaps.fill(feed, true);
        else feed.hear({ conversationId: feed.id, version });
      }
    }
  }

  /** Stops reading on behalf of feeds. */
  close(): void {
    this.#gaps.close();
  }

  async #join(feed: ConversationFeed, subscription: Subscription, from: Position | undefined): Promise<void> {
    const { metrics, readCatchUp, isStreamHealthy } = this.#parts;
    const joinsHere = () => isStreamHealthy() && feed.joinHere(subscription, from);
    if (joinsHere()) return metrics.countCatchUp('current');
    let position = from;
    for (;;) {
      const found = await this.#reads.run(async () => {
        if (subscription.state === 'ended') return 'nothing';
        // Of a thousand who come back at once, the first to have read has read for all who missed nothing.
        return position === from && joinsHere() ? 'joined' : readCatchUp(feed.id, position);
      });
      if (found === 'joined') return metrics.countCatchUp('current');
      if (found === 'nothing' || this.#hasEnded(subscription)) return;
      if (!found?.participantIds.includes(subscription.userId)) {
        metrics.countCatchUp('refused');
        return this.#refuseStranger(feed, subscription, found !== undefined);
      }
      metrics.countCatchUp(found.missed ? 'recovered' : 'unrecovered');
      subscription.connection.send(encodeTextFrame(writeSubscribed(feed.id, found, position ?? found)));
      if (this.#hasEnded(subscription) || feed.join(subscription, found)) return;
      position = { seq: found.seq, version: found.version };
    }
  }

  /** It may end at any time while something is awaited or written. */
  #hasEnded({ state }: Subscription): boolean {
    return state === 'ended';
  }

  #refuseStranger(feed: ConversationFeed, subscription: Subscription, exists: boolean): void {
    if (exists) this.#refuse(feed, subscription, 'not-a-participant', 'The user takes no part in the conversation.');
    else this.#refuse(feed, subscription, 'conversation-not-found', 'There is no such conversation.');
  }

  #refuse(feed: ConversationFeed, subscription: Subscription, code: FrameError, detail: string): void {
    if (subscription.state === 'ended') return;
    subscription.state = 'ended';
    const { connection } = subscription;
    this.#forget(connection, feed);
    tellError(connection, 'subscribe', code, detail, feed.id);
  }

  #end(connection: Connection, id: string, subscription: Subscription): void {
    const feed = this.#feeds.get(id);
    feed?.leave(subscription);
    subscription.state = 'ended';
    if (connection.subscriptions?.delete(id)) this.#subscriptions -= 1;
    if (feed) this.#dropIdle(feed);
  }

  #forget(connection: Connection, feed: ConversationFeed): void {
    if (connection.subscriptions?.delete(feed.id)) this.#subscriptions -= 1;
    this.#dropIdle(feed);
  }

  #findFeed(id: string): ConversationFeed {
    let feed = this.#feeds.get(id);
    if (!feed) {
      feed = new ConversationFeed(id, this.#host);
      this.#feeds.set(id, feed);
    }
    return feed;
  }

  #dropIdle(feed: ConversationFeed): void {
    if (!feed.isIdle || this.#feeds.get(feed.id) !== feed) return;
    this.#feeds.delete(feed.id);
    this.#shared.forget(feed);
  }
}

/** Tells a connection which frame was refused, and why, without ending it. */
export function tellError(
  connection: Connection,
  refused: Refusable,
  code: FrameError,
  detail: string,
  conversationId: string,
): void {
  connection.tell({ type: 'error', code, detail, conversationId, refused });
}
