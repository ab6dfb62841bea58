import { OUTBOX_BATCH, type Outbox, type Unannounced } from '../data/outbox.ts';
import type { Change } from '../domain/change.ts';
import { Rounds, type Schedule, scheduleByClock } from '../rounds.ts';

/** Age from which a row is taken for forgotten by whoever wrote it, in milliseconds. */
const RELAY_AFTER = 1_000;

/** Longest time between two rounds while Postgres answers, in milliseconds; the shortest is half of it, so that replicas part. */
const ROUND = 1_000;

/** Longest time between two rounds while it does not. */
const LONGEST_WAIT = 5_000;

const AT_ONCE = 32;

/** Time as an argument, so that tests own it. */
export type RelayTiming = {
  readonly schedule: Schedule;
  /** From 0 to 1. */
  readonly random: () => number;
};

/** What a relay works with. */
export type RelayOptions = {
  readonly outbox: Pick<Outbox, 'findOlderThan' | 'remove'>;
  /** Tells every process of a change of which only the version is known; answers whether that was possible. */
  readonly announce: (change: Change) => Promise<boolean>;
  /** Whether announcing makes sense at the moment. */
  readonly canAnnounce: () => boolean;
  /** Milliseconds after which nobody can be served a page any more that is older than a change: it needs no announcement. */
  readonly expiry: number;
  readonly countRelayed: (changes: number) => void;
  readonly warn: (message: string) => void;
  readonly timing?: RelayTiming;
};

const SYSTEM_TIMING: RelayTiming = { schedule: scheduleByClock, random: Math.random };

/**
 * Announces what was committed and not announced, because its process died in between or could not reach Redis.
 *
 *   every 0.5–1 s: rows older than 1 s ──▶ per conversation the newest version ──announced──▶ rows deleted
 *                     │                       └─ Redis away: the rows stay; those older than `expiry` are deleted all the same
 *                     └─ Postgres away: next round after 2, 4, 5 s
 *
 * Every replica does this, without asking the others: announcing twice is harmless, as versions only grow. So the rows of a
 * process that died are announced about 1.5 s after their COMMIT, and no row outlives `expiry` by more than a round.
 */
export class OutboxRelay {
  readonly #options: RelayOptions;
  readonly #rounds: Rounds;
  #oldestAge = 0;

  constructor(options: RelayOptions) {
    const { schedule, random } = options.timing ?? SYSTEM_TIMING;
    this.#options = options;
    this.#rounds = new Rounds({
      run: () => this.#relayAll(),
      wait: (failures) => Math.min(ROUND * 2 ** failures, LONGEST_WAIT) * (0.5 + random() / 2),
      warn: options.warn,
      whatFailed: 'The outbox could not be relayed',
      schedule,
    });
  }

  /** Age of the oldest change that is not announced, in seconds, as the last round left it; 0 when none is older than 1 s. */
  get oldestSeconds(): number {
    return this.#oldestAge / 1_000;
  }

  /** Begins with rounds. Nothing happens after `stop`. */
  start(): void {
    this.#rounds.start();
  }

  /** Ends after the batch under way. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #relayAll(): Promise<void> {
    while (await this.#relayBatch());
  }

  /** Answers whether there is more to do now. */
  async #relayBatch(): Promise<boolean> {
    const { outbox, expiry, countRelayed } = this.#options;
    const rows = await outbox.findOlderThan(RELAY_AFTER);
    const announced = this.#options.canAnnounce() ? await this.#announceNewest(rows) : new Set<string>();
    const isAnnounced = ({ conversationId }: Unannounced) => announced.has(conversationId);
    const isDone = (row: Unannounced) => isAnnounced(row) || row.age > expiry;
    const done = rows.filter(isDone);
    if (done.length > 0) await outbox.remove(done.map(({ id }) => id));
    countRelayed(rows.filter(isAnnounced).length);
    this.#oldestAge = rows.find((row) => !isDone(row))?.age ?? 0;
    return done.length === OUTBOX_BATCH && !this.#rounds.isStopped;
  }

  /** Announces the newest version of each conversation, which covers the others; answers which conversations were told. */
  async #announceNewest(rows: readonly Unannounced[]): Promise<Set<string>> {
    const newest = new Map<string, number>();
    for (const { conversationId, version } of rows) {
      newest.set(conversationId, Math.max(version, newest.get(conversationId) ?? 0));
    }
    const announced = new Set<string>();
    const changes = Array.from(newest, ([conversationId, version]) => ({ conversationId, version }));
    for (let start = 0; start < changes.length && this.#options.canAnnounce(); start += AT_ONCE) {
      await Promise.all(
        changes.slice(start, start + AT_ONCE).map(async (change) => {
          if (await this.#options.announce(change)) announced.add(change.conversationId);
        }),
      );
    }
    return announced;
  }
}
