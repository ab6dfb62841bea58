import { StorageUnavailable } from '../domain/errors.ts';
import type { NewMessage } from '../domain/message.ts';
import { type Schedule, scheduleByClock } from '../rounds.ts';
import type { SentRow } from './insert-message.ts';
import { canBeTogether, isOneToBlame } from './insert-messages.ts';

/** How messages are stored. Both throw StorageUnavailable when Postgres is away. */
export type MessageStore = {
  /** Undefined where the message was refused. */
  one(message: NewMessage): Promise<SentRow | undefined>;
  /** Messages of as many conversations: a row for each, in their order, undefined where it is not stored. Throws for all of them. */
  several(messages: readonly NewMessage[]): Promise<(SentRow | undefined)[]>;
};

/** What a queue works with; a test may choose the time. */
export type SendQueueOptions = {
  readonly store: MessageStore;
  readonly now?: () => number;
  readonly schedule?: Schedule;
};

type Waiting = {
  readonly message: NewMessage;
  readonly since: number;
  readonly sent: PromiseWithResolvers<SentRow | undefined>;
};

/** Statements under way from which on messages wait for each other. Few make large statements, which cost less for each message. */
const MOST_AT_ONCE = 2;

/** Most messages of one statement: what one must wait for the others is bounded by it. */
const MOST_TOGETHER = 32;

/** From when on a statement is taken to wait for a lock and counts no more, in milliseconds. */
const SLOW = 100;

/**
 * Messages of one conversation that go by themselves while one of it is under way: they stand in Postgres for its lock, one behind
 * the other, so a busy conversation loses no time on the way there and back; and they are few, so it takes no more of the pool.
 */
const MOST_BEHIND = 4;

/** Most messages that wait. */
const MOST_WAITING = 10_000;

/** Longest time that a message waits for its turn, in milliseconds, as one that waits for a connection of the pool. */
const LONGEST_WAIT = 2_000;

/**
 * Stores messages, at once while little is under way, and together with others otherwise: what a transaction costs beside the
 * message itself is then paid once for all that came meanwhile ("group commit"). So a send waits for nobody while little is
 * sent, and a statement becomes larger instead of a queue longer while much is.
 *
 *   add ──▶ waiting ──fewer than 2 statements under way──▶ taken: the first of each conversation that has none under way, at most 32
 *
 * A conversation is in one statement for several at a time, with one message; while it is, up to 4 more go by themselves at once,
 * as does what cannot be sent together. A statement for several passes by what somebody else has locked (insert-messages.ts).
 * Which of two messages comes first that are sent at the same time is as open as with two senders.
 */
export class SendQueue {
  readonly #options: Required<SendQueueOptions>;
  #waiting: Waiting[] = [];
  readonly #busy = new Set<string>();
  readonly #behind = new Map<string, number>();
  #running = 0;

  constructor(options: SendQueueOptions) {
    this.#options = { now: () => performance.now(), schedule: scheduleByClock, ...options };
  }

  /** Stores a message. Throws StorageUnavailable, also when too many wait, and what the store throws. */
  async add(message: NewMessage): Promise<SentRow | undefined> {
    if (!canBeTogether(message)) return this.#options.store.one(message);
    const behind = this.#behind.get(message.conversationId) ?? 0;
    if (this.#busy.has(message.conversationId) && behind < MOST_BEHIND) return this.#storeBehind(message, behind);
    if (this.#waiting.length >= MOST_WAITING) throw new StorageUnavailable(new Error(`${MOST_WAITING} messages wait`));
    const sent = Promise.withResolvers<SentRow | undefined>();
    this.#waiting.push({ message, since: this.#options.now(), sent });
    this.#start();
    return sent.promise;
  }

  async #storeBehind(message: NewMessage, behind: number): Promise<SentRow | undefined> {
    const { conversationId } = message;
    this.#behind.set(conversationId, behind + 1);
    try {
      return await this.#options.store.one(message);
    } finally {
      const left = (this.#behind.get(conversationId) ?? 1) - 1;
      if (left > 0) this.#behind.set(conversationId, left);
      else this.#behind.delete(conversationId);
    }
  }

  #start(): void {
    while (this.#running < MOST_AT_ONCE && this.#waiting.length > 0) {
      const taken = this.#take();
      if (taken.length === 0) return;
      this.#running += 1;
      let isCounted = true;
      const countNoMore = () => {
        if (isCounted) this.#running -= 1;
        isCounted = false;
        this.#start();
      };
      const unschedule = this.#options.schedule(SLOW, countNoMore);
      void this.#store(taken).finally(() => {
        unschedule();
        for (const { message } of taken) this.#busy.delete(message.conversationId);
        countNoMore();
      });
    }
  }

  /** Takes what goes into the next statement out of the queue. Nothing, where all that wait must wait for others. */
  #take(): Waiting[] {
    const taken: Waiting[] = [];
    const oldest = this.#options.now() - LONGEST_WAIT;
    this.#waiting = this.#waiting.filter((waiting) => {
      const { conversationId } = waiting.message;
      if (waiting.since < oldest) {
        waiting.sent.reject(new StorageUnavailable(new Error(`Expected a turn within ${LONGEST_WAIT} ms, found none`)));
        return false;
      }
      if (taken.length === MOST_TOGETHER || this.#busy.has(conversationId)) return true;
      this.#busy.add(conversationId);
      taken.push(waiting);
      return false;
    });
    return taken;
  }

  async #store(taken: readonly Waiting[]): Promise<void> {
    const left = taken.length > 1 ? await this.#storeTogether(taken) : taken;
    await Promise.all(
      left.map(({ message, sent }) => this.#options.store.one(message).then(sent.resolve, sent.reject)),
    );
  }

  /** Answers those that must be sent by themselves. */
  async #storeTogether(taken: readonly Waiting[]): Promise<readonly Waiting[]> {
    try {
      const rows = await this.#options.store.several(taken.map(({ message }) => message));
      return taken.filter(({ sent }, index) => {
        const row = rows[index];
        if (row) sent.resolve(row);
        return row === undefined;
      });
    } catch (error) {
      if (isOneToBlame(error)) return taken; // none is stored
      for (const { sent } of taken) sent.reject(error);
      return [];
    }
  }
}
