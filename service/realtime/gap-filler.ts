import type { Snapshot } from './catch-up.ts';
import type { ConversationFeed } from './conversation-feed.ts';
import type { ReadQueue } from './read-queue.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import type { Position } from './subscription.ts';

/**
 * How long missing changes may take to come by themselves, in milliseconds: two requests at once are often announced in the
 * other order, and a read of the database for each such pair would be wasted.
 */
const MOMENT = 25;

/** When a read that failed is tried again, in milliseconds. */
const RETRY_AFTER = 500;

/** Feeds of which each has its turn after a while, and after all that came to a busy process meanwhile; one timer for all. */
class Delayed {
  readonly #after: number;
  readonly #run: (feed: ConversationFeed) => void;
  #feeds = new Set<ConversationFeed>();
  #timer: NodeJS.Timeout | undefined;

  constructor(after: number, run: (feed: ConversationFeed) => void) {
    this.#after = after;
    this.#run = run;
  }

  add(feed: ConversationFeed): void {
    this.#feeds.add(feed);
    this.#timer ??= setTimeout(() => setImmediate(() => this.#runAll()), this.#after).unref();
  }

  #runAll(): void {
    const due = this.#feeds;
    this.#feeds = new Set();
    this.#timer = undefined;
    for (const each of due) this.#run(each);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#feeds.clear();
  }
}

/** What filling a gap needs. */
export type GapFillerParts = {
  readonly reads: ReadQueue;
  readonly metrics: RealtimeMetrics;
  readonly readCatchUp: (conversationId: string, from: Position) => Promise<Snapshot | undefined>;
  /** Whether anybody still follows. */
  readonly isWanted: (feed: ConversationFeed) => boolean;
};

/**
 * Reads what feeds are missing, for each feed one read at a time.
 *
 *   soon ──25 ms──▶ still behind? ──▶ read ──▶ feed.catchUp ──still behind──▶ soon
 *   now ───────────────────────────────┘ └─database away─▶ again in 500 ms
 */
export class GapFiller {
  readonly #parts: GapFillerParts;
  readonly #underWay = new Set<ConversationFeed>();
  readonly #soon = new Delayed(MOMENT, (feed) => void this.fill(feed));
  readonly #later = new Delayed(RETRY_AFTER, (feed) => void this.fill(feed));

  constructor(parts: GapFillerParts) {
    this.#parts = parts;
  }

  /** Fills the gap of a feed that is still behind after a moment. */
  fillSoon(feed: ConversationFeed): void {
    this.#soon.add(feed);
  }

  /** Fills the gap of a feed; or, where that is `forced`, looks whether the database agrees with the feed at all. Never throws. */
  async fill(feed: ConversationFeed, forced = false): Promise<void> {
    if (this.#underWay.has(feed)) return;
    this.#underWay.add(feed);
    const { reads, readCatchUp, metrics, isWanted } = this.#parts;
    const isNeeded = () => isWanted(feed) && feed.isLoaded && (forced || feed.isBehind);
    let announced = 0;
    const read = async () => {
      if (!isNeeded()) return 'nothing';
      announced = feed.announced;
      return readCatchUp(feed.id, feed.position);
    };
    const outcome = await (isNeeded() ? reads.run(read) : read()).catch(() => 'failed' as const);
    this.#underWay.delete(feed);
    if (outcome === 'nothing' || !isWanted(feed)) return;
    if (outcome === 'failed') {
      metrics.countCatchUp('failed');
      return this.#later.add(feed);
    }
    metrics.countCatchUp(outcome === undefined ? 'refused' : outcome.missed ? 'recovered' : 'unrecovered');
    if (outcome) feed.catchUp(outcome, announced);
    else feed.end();
  }

  /** Fills no more gaps. */
  close(): void {
    this.#soon.close();
    this.#later.close();
  }
}
