import type { Message } from '../messages.ts';
import type { ChatEvent } from './events.ts';
import type { ChangeFrame, ClientFrame, SubscribedFrame } from './frames.ts';

/** The last message and the last change that were told; whoever has read a page of history has both. */
export type Position = { readonly seq: number; readonly version: number };

/** What a frame comes to: what the application is told, and what the connection does next. */
export type Outcome = { readonly events: readonly ChatEvent[]; readonly next: 'go-on' | 'ask-again' | 'read-history' };

/** Longest gap that is read from history, in messages; a longer one is left to the application (`history.stale`). */
const LONGEST_GAP = 1_000;

const NOTHING: Outcome = { events: [], next: 'go-on' };

/**
 * The changes of one conversation, put in order and told once.
 *
 *   asking ──subscribed──▶ live ──a version is missing──▶ asking
 *     ▲                      └──recovered: false──▶ reading ──history was read──┐
 *     └─────────────────────────────────────────────────────────────────────────┘
 *
 * Live, the next change has the next version: a lower one was told before, a higher one means that something is missing. While
 * asking and reading, changes are passed over: the answer to `subscribe` has them, because it is given from the position up to
 * which everything was told.
 */
export class ConversationStream {
  readonly conversationId: string;
  #position: Position | undefined;
  #phase: 'asking' | 'live' | 'reading' = 'asking';
  #firstPageVersion: number | undefined;

  constructor(conversationId: string, position: Position | undefined) {
    this.conversationId = conversationId;
    this.#position = position;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  get isLive(): boolean {
    return this.#phase === 'live';
  }

  /** The frame that asks for everything after the position; without one, for what happens from now on. */
  ask(): ClientFrame {
    this.#phase = 'asking';
    return { type: 'subscribe', conversationId: this.conversationId, ...this.#position };
  }

  /** Takes the answer to `subscribe`, or what the service caught up with by itself. */
  takeSubscribed({ recovered, seq, version, messages, changed }: SubscribedFrame): Outcome {
    if (this.#phase === 'reading') return NOTHING; // asked again once history was read
    const told = this.#position ?? { seq, version };
    if (!recovered) return this.#takeGap(told, { seq, version });
    if (this.#phase === 'live' && version <= told.version) return NOTHING;
    const { conversationId } = this;
    const isNew = version > told.version;
    const events: ChatEvent[] = [];
    if (isNew) {
      for (const message of changed) events.push({ type: 'message.changed', conversationId, version, message });
      for (const message of messages) if (message.seq > told.seq) events.push(this.#tellMessage(message, version));
    }
    return this.#goLive({ seq: Math.max(seq, told.seq), version: Math.max(version, told.version) }, events);
  }

  /** Takes a change. */
  takeChange(frame: ChangeFrame): Outcome {
    if (this.#phase !== 'live' || !this.#position) return NOTHING;
    const { seq, version } = this.#position;
    if (frame.version <= version) return NOTHING;
    const isNextMessage = frame.type !== 'message' || frame.message.seq === seq + 1;
    if (frame.version > version + 1 || !isNextMessage) return { events: [], next: 'ask-again' };
    this.#position = { seq: frame.type === 'message' ? frame.message.seq : seq, version: frame.version };
    return { events: [frame], next: 'go-on' };
  }

  /** Takes a page of history after the position, newest message first, while a gap is being read. */
  takePage(messages: readonly Message[], version: number, isLast: boolean): Outcome {
    const told = this.#position;
    if (this.#phase !== 'reading' || !told) return NOTHING;
    const missed = messages.filter(({ seq }) => seq > told.seq).sort((one, other) => one.seq - other.seq);
    const events = missed.map((message) => this.#tellMessage(message, version));
    // Up to the last page the version stays: the service finds what is missing by it. Then it is that of the first page, so that
    // a message which changed after its page was read is told again.
    this.#firstPageVersion ??= version;
    this.#position = { seq: missed.at(-1)?.seq ?? told.seq, version: isLast ? this.#firstPageVersion : told.version };
    return { events, next: isLast ? 'ask-again' : 'read-history' };
  }

  #takeGap(told: Position, now: Position): Outcome {
    const { conversationId } = this;
    const missed = now.seq - told.seq;
    const canBeRead = missed >= 0 && missed <= LONGEST_GAP && now.version >= told.version;
    const seq = canBeRead ? told.seq : now.seq;
    const stale: ChatEvent = { type: 'history.stale', conversationId, seq, version: now.version };
    if (!canBeRead || missed === 0) return this.#goLive(now, [stale]);
    this.#phase = 'reading';
    this.#firstPageVersion = undefined;
    return { events: [stale], next: 'read-history' };
  }

  #goLive(position: Position, events: ChatEvent[]): Outcome {
    this.#phase = 'live';
    this.#position = position;
    const live: ChatEvent = { type: 'live', conversationId: this.conversationId, ...position };
    return { events: [...events, live], next: 'go-on' };
  }

  #tellMessage(message: Message, version: number): ChatEvent {
    return { type: 'message', conversationId: this.conversationId, version, message };
  }
}
