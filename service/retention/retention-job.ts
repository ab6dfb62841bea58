import type { DuePage, TrimOutcome } from '../data/trim-history.ts';
import type { Change } from '../domain/change.ts';
import { Rounds, type Schedule, scheduleByClock } from '../rounds.ts';

/** Most batches of one round, of at most 1,000 messages each: a backlog goes at a million messages an hour. */
const MOST_BATCHES = 20;

/** Most looks of one round, at 500 conversations each. */
const MOST_LOOKS = 20;

/** Time as an argument, so that tests own it. */
export type RetentionTiming = {
  readonly now: () => Date;
  readonly schedule: Schedule;
  /** From 0 to 1. */
  readonly random: () => number;
};

/** What the job works with. */
export type RetentionOptions = {
  /** Milliseconds between two rounds, in the middle. */
  readonly interval: number;
  readonly findDue: (after: string, now: Date) => Promise<DuePage>;
  readonly trim: (conversationId: string, now: Date) => Promise<TrimOutcome>;
  readonly announce: (change: Change) => Promise<void>;
  /** Told after each round that deleted something. */
  readonly tellTrimmed: (round: { readonly messages: number; readonly conversations: number }) => void;
  readonly warn: (message: string) => void;
  readonly timing?: RetentionTiming;
};

const SYSTEM_TIMING: RetentionTiming = { now: () => new Date(), schedule: scheduleByClock, random: Math.random };

/**
 * Deletes messages that are older than their conversation keeps them.
 *
 *   every 45–75 s: look at the next conversations with retention ──▶ due ones: batch by batch ──▶ each announced
 *                     └─ goes on where the last round ended; at the end, begins anew
 *
 * Every replica does this; a batch is left alone while another replica is at one, and the round is over then. A round is
 * bounded, so that a backlog (retention set on an old conversation) takes its turn with everything else.
 */
export class RetentionJob {
  readonly #options: RetentionOptions;
  readonly #timing: RetentionTiming;
  readonly #rounds: Rounds;
  #after = '';

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#timing = options.timing ?? SYSTEM_TIMING;
    this.#rounds = new Rounds({
      run: () => this.#round(),
      wait: () => options.interval * (0.75 + this.#timing.random() / 2),
      warn: options.warn,
      whatFailed: 'Old messages could not be deleted',
      schedule: this.#timing.schedule,
    });
  }

  /** Begins with rounds. Nothing happens after `stop`. */
  start(): void {
    this.#rounds.start();
  }

  /** Ends after the batch under way. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<void> {
    const now = this.#timing.now();
    const round = new Round(this.#options, now, () => this.#rounds.isStopped);
    try {
      for (let look = 0; look < MOST_LOOKS && !round.isOver; look += 1) {
        const due = await this.#options.findDue(this.#after, now);
        const last = await round.trimAll(due.ids);
        this.#after = round.isOver ? (last ?? this.#after) : (due.next ?? '');
        if (this.#after === '') break;
      }
    } finally {
      if (round.messages > 0) this.#options.tellTrimmed(round);
    }
  }
}

/** What one round has done so far, and whether it may go on. */
class Round {
  messages = 0;
  conversations = 0;
  #batches = 0;
  #isBusy = false;
  readonly #options: RetentionOptions;
  readonly #now: Date;
  readonly #isStopped: () => boolean;

  constructor(options: RetentionOptions, now: Date, isStopped: () => boolean) {
    this.#options = options;
    this.#now = now;
    this.#isStopped = isStopped;
  }

  get isOver(): boolean {
    return this.#isBusy || this.#batches >= MOST_BATCHES || this.#isStopped();
  }

  /** Trims conversations, one after the other, as far as the round goes; answers the last one that was finished. */
  async trimAll(ids: readonly string[]): Promise<string | undefined> {
    let last: string | undefined;
    for (const id of ids) {
      if (!(await this.#trim(id))) return last;
      last = id;
    }
    return last;
  }

  /** Answers whether nothing of the conversation is due any more. */
  async #trim(id: string): Promise<boolean> {
    for (let isFirst = true; !this.isOver; isFirst = false) {
      const outcome = await this.#options.trim(id, this.#now);
      this.#isBusy = outcome.kind === 'busy';
      if (outcome.kind !== 'trimmed') return outcome.kind === 'nothing';
      await this.#options.announce(outcome.change);
      this.#batches += 1;
      this.messages += outcome.messages;
      this.conversations += isFirst ? 1 : 0;
      if (!outcome.hasMore) return true;
    }
    return false;
  }
}
