import type { Clock } from '../clock.ts';
import type { Message } from '../messages.ts';
import { chooseWait } from './close-codes.ts';
import { ConversationStream, type Outcome, type Position } from './conversation-stream.ts';
import type { ChatEvent } from './events.ts';
import type { ChangeFrame, ClientFrame, ErrorFrame, SubscribedFrame, UnsubscribedFrame } from './frames.ts';

/** A page of messages after a seq. */
export type ReadAfter = (
  conversationId: string,
  seq: number,
) => Promise<{ messages: Message[]; version: number; hasNewer: boolean }>;

/** What subscriptions work with. `send` answers whether the frame could be sent. */
export type SubscriptionsParts = {
  send(frame: ClientFrame): boolean;
  tell(event: ChatEvent): void;
  readAfter: ReadAfter;
  clock: Clock;
};

/** How many questions are open at a time: an answer lets the next one go, so the service sets the pace. */
const MOST_OPEN_QUESTIONS = 8;

/** Refusals after which the same question is worth asking again. */
const PASSING_ERRORS: readonly string[] = ['storage-unavailable', 'rate-limited'];

/** The conversations that are listened to, over however many connections. */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #streams = new Map<string, ConversationStream>();
  readonly #queue = new Set<string>();
  readonly #open = new Set<string>();
  readonly #failures = new Map<string, number>();
  #connection = 0;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  add(conversationId: string, position: Position | undefined): void {
    if (this.#streams.has(conversationId)) return;
    this.#streams.set(conversationId, new ConversationStream(conversationId, position));
    this.#ask(conversationId);
  }

  remove(conversationId: string): void {
    if (!this.#streams.has(conversationId)) return;
    this.#forget(conversationId);
    this.#parts.send({ type: 'unsubscribe', conversationId });
  }

  /** Whether the service has said that this connection follows a conversation. */
  isLive(conversationId: string): boolean {
    return this.#streams.get(conversationId)?.isLive === true;
  }

  /** Asks for every conversation again, from where it was left: a connection has come about. */
  askForAll(): void {
    this.#connection += 1;
    this.#open.clear();
    this.#queue.clear();
    for (const conversationId of this.#streams.keys()) this.#queue.add(conversationId);
    this.#pump();
  }

  /** Asks for one conversation again, if there is any: a sign of life must follow. Answers whether it asked. */
  askForOne(): boolean {
    for (const stream of this.#streams.values()) if (stream.isLive) return this.#parts.send(stream.ask());
    return false;
  }

  takeSubscribed(frame: SubscribedFrame): void {
    this.#failures.delete(frame.conversationId);
    this.#settle(frame.conversationId);
    const stream = this.#streams.get(frame.conversationId);
    if (stream) this.#follow(stream, stream.takeSubscribed(frame));
  }

  takeChange(frame: ChangeFrame): void {
    const stream = this.#streams.get(frame.conversationId);
    if (stream) this.#follow(stream, stream.takeChange(frame));
  }

  /** The service ended a subscription; answers whether there was one. What we asked for is over already, or has begun anew. */
  takeUnsubscribed({ conversationId, reason }: UnsubscribedFrame): boolean {
    if (reason === 'asked' || !this.#streams.has(conversationId)) return false;
    this.#forget(conversationId);
    return true;
  }

  /** A frame was refused; only a refused `subscribe` answers a question. */
  takeError({ conversationId, code, refused }: ErrorFrame): void {
    if (conversationId === undefined || refused !== 'subscribe' || !this.#open.has(conversationId)) return;
    this.#settle(conversationId);
    if (!PASSING_ERRORS.includes(code)) {
      this.#forget(conversationId);
      return;
    }
    this.#askLater(conversationId);
  }

  #ask(conversationId: string): void {
    this.#queue.add(conversationId);
    this.#pump();
  }

  #askLater(conversationId: string): void {
    const failures = (this.#failures.get(conversationId) ?? 0) + 1;
    this.#failures.set(conversationId, failures);
    const connection = this.#connection;
    const { clock } = this.#parts;
    clock.after(1_000 + chooseWait(failures, clock.random), () => {
      if (connection === this.#connection && this.#streams.has(conversationId)) this.#ask(conversationId);
    });
  }

  #pump(): void {
    for (const conversationId of this.#queue) {
      if (this.#open.size >= MOST_OPEN_QUESTIONS) return;
      const stream = this.#streams.get(conversationId);
      if (stream && !this.#parts.send(stream.ask())) return; // not connected: the next connection asks for all
      this.#queue.delete(conversationId);
      if (stream) this.#open.add(conversationId);
    }
  }

  #settle(conversationId: string): void {
    if (this.#open.delete(conversationId)) this.#pump();
  }

  #forget(conversationId: string): void {
    this.#streams.delete(conversationId);
    this.#queue.delete(conversationId);
    this.#failures.delete(conversationId);
    this.#settle(conversationId);
  }

  #follow(stream: ConversationStream, { events, next }: Outcome): void {
    for (const event of events) this.#parts.tell(event);
    if (next === 'ask-again') this.#ask(stream.conversationId);
    if (next === 'read-history') void this.#readHistory(stream);
  }

  /** One page; the outcome says whether another one follows. What fails is tried again, until a new connection asks anew. */
  async #readHistory(stream: ConversationStream): Promise<void> {
    const { conversationId, position } = stream;
    const connection = this.#connection;
    const isCurrent = () => connection === this.#connection && this.#streams.get(conversationId) === stream;
    try {
      const page = await this.#parts.readAfter(conversationId, position?.seq ?? 0);
      if (isCurrent()) this.#follow(stream, stream.takePage(page.messages, page.version, !page.hasNewer));
    } catch {
      if (isCurrent()) this.#askLater(conversationId); // the answer says again how far history must be read
    }
  }
}
