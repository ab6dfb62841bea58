import { type Schedule, scheduleByClock } from '../rounds.ts';
import type { ConversationFeed } from './conversation-feed.ts';

/** After a round the writer rests so many times as long as the round took. */
const REST = 2;

/** Longest rest, in milliseconds: what it adds to the delay of an event at most. */
const LONGEST_REST = 50;

/** A round that is shorter is followed by no rest, in milliseconds. */
const SHORT = 1;

/** Time as an argument, so that tests own it: milliseconds that only grow, and calls after some of them. */
export type FlusherTiming = { readonly now: () => number; readonly schedule: Schedule };

const SYSTEM_TIMING: FlusherTiming = { now: () => performance.now(), schedule: scheduleByClock };

/**
 * Writes what feeds have told, at the end of a turn of the event loop. A write is a system call for each follower, whether it
 * holds one event or ten: so the longer a round takes, the longer the next one waits and the more events share its writes.
 * Writing then takes a third of the time at most, and the process goes on answering requests, however many follow.
 */
export class FeedFlusher {
  readonly #timing: FlusherTiming;
  #waiting: ConversationFeed[] = [];
  #restsUntil = 0;

  constructor(timing = SYSTEM_TIMING) {
    this.#timing = timing;
  }

  /** Has what a feed has told written soon. */
  add(feed: ConversationFeed): void {
    this.#waiting.push(feed);
    if (this.#waiting.length > 1) return;
    const rest = this.#restsUntil - this.#timing.now();
    if (rest > 0) this.#timing.schedule(rest, () => this.#flush());
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    const feeds = this.#waiting;
    this.#waiting = [];
    const start = this.#timing.now();
    const isGathered = feeds.length > 1; // somebody may follow several of them, and gets one write then
    for (const feed of feeds) feed.flush(isGathered);
    const end = this.#timing.now();
    const took = end - start;
    this.#restsUntil = took < SHORT ? 0 : end + Math.min(took * REST, LONGEST_REST);
  }
}
