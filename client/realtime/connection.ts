import type { Clock } from '../clock.ts';
import { readExpiry, readToken, type TokenSource } from '../token.ts';
import { chooseWait, judgeClose } from './close-codes.ts';
import type { Position } from './conversation-stream.ts';
import type { ChatEvent, ConnectionState } from './events.ts';
import { isChange, type ServerFrame } from './frames.ts';
import { NO_ANSWER, type OpenSocket, SocketSession } from './socket-session.ts';
import { type ReadAfter, Subscriptions } from './subscriptions.ts';

/** What a connection works with. */
export type ConnectionParts = {
  readonly url: string;
  readonly token: TokenSource | undefined;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly readAfter: ReadAfter;
  onEvent(event: ChatEvent): void;
  onState(state: ConnectionState): void;
};

/** A connection that lasted so long was a good one: the next one is tried soon again. In milliseconds. */
const GOOD_CONNECTION_MS = 5_000;

/** A token is renewed so long before it expires, or at half of what is left of it where that is less. In milliseconds. */
const RENEW_BEFORE_MS = 30_000;

/** How long `check` waits for a sign of life, in milliseconds. */
const LONGEST_SILENCE_MS = 8_000;

/** At most one `typing` goes out in so many milliseconds; the service tells no more. */
const TYPING_EVERY_MS = 3_000;

/**
 * A connection to the service that comes back by itself.
 *
 *   connecting ──welcome──▶ open ──closed──▶ waiting ──▶ connecting …
 *        └──closed──▶ waiting        └──terminal code, or close()──▶ closed
 */
export class RealtimeConnection {
  readonly #parts: ConnectionParts;
  readonly #subscriptions: Subscriptions;
  readonly #typed = new Map<string, number>();
  readonly #unsentReads = new Map<string, number>();
  #session: SocketSession | undefined;
  #state: ConnectionState = { kind: 'connecting', attempt: 0 };
  #attempt = 0;
  #advisedAt: number | undefined;
  #stopTimer: () => void = () => undefined;
  #stopRenewal: () => void = () => undefined;
  #stopCheck: () => void = () => undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { clock, readAfter } = parts;
    this.#subscriptions = new Subscriptions({
      clock,
      readAfter,
      send: (frame) => this.#session?.send(frame) ?? false,
      tell: (event) => {
        parts.onEvent(event);
        if (event.type === 'live') this.#tellRead(event.conversationId);
      },
    });
    queueMicrotask(() => void this.#open()); // so that whoever listens holds the connection before it hears of it
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Listens to a conversation, from the position up to which it is known; without one, from now on. */
  subscribe(conversationId: string, position?: Position): void {
    this.#subscriptions.add(conversationId, position);
  }

  unsubscribe(conversationId: string): void {
    this.#subscriptions.remove(conversationId);
  }

  /** Tells the others of a conversation that is followed that somebody types; call it with every key. */
  typing(conversationId: string): void {
    const now = this.#parts.clock.now();
    if (now - (this.#typed.get(conversationId) ?? 0) < TYPING_EVERY_MS) return;
    if (!this.#subscriptions.isLive(conversationId)) return;
    if (this.#session?.send({ type: 'typing', conversationId })) this.#typed.set(conversationId, now);
  }

  /** Moves the read marker. It is kept until the conversation is followed: the service takes it from followers alone. */
  read(conversationId: string, seq: number): void {
    this.#unsentReads.set(conversationId, Math.max(seq, this.#unsentReads.get(conversationId) ?? 0));
    if (this.#subscriptions.isLive(conversationId)) this.#tellRead(conversationId);
  }

  /** Connects at once instead of waiting on: the network is back. */
  reconnectNow(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#stopTimer();
    void this.#open();
  }

  /**
   * Asks for a sign of life and connects anew where none comes within 8 s. Browsers do not show pings, and a machine that slept
   * may hold a socket whose other end has long been gone.
   */
  check(): void {
    if (this.#state.kind !== 'open' || !this.#subscriptions.askForOne()) {
      this.reconnectNow();
      return;
    }
    const session = this.#session;
    this.#stopCheck();
    this.#stopCheck = this.#parts.clock.after(LONGEST_SILENCE_MS, () => session?.end(NO_ANSWER, 'no sign of life'));
  }

  /** Ends the connection for good. */
  close(): void {
    this.#change({ kind: 'closed', code: 1000, reason: 'closed by this client' });
    this.#stopTimers();
    this.#session?.end(1000, 'closed by this client');
  }

  async #open(): Promise<void> {
    if (this.#state.kind === 'closed') return;
    const { url, token, openSocket, clock } = this.#parts;
    this.#attempt += 1;
    this.#change({ kind: 'connecting', attempt: this.#attempt });
    try {
      const current = await readToken(token);
      if (this.#state.kind !== 'connecting') return;
      const opened = clock.now();
      this.#session = new SocketSession(url, current, openSocket, clock, {
        onFrame: (frame) => this.#take(frame, current),
        onClose: (code, reason) => this.#leave(code, reason, clock.now() - opened),
      });
    } catch {
      this.#waitFor(NO_ANSWER); // no token could be had, or no socket be made
    }
  }

  #take(frame: ServerFrame, token: string | undefined): void {
    this.#stopCheck();
    const subscriptions = this.#subscriptions;
    if (frame.type === 'welcome') this.#begin(token);
    else if (frame.type === 'reconnect') this.#advisedAt = this.#parts.clock.now() + frame.inMs;
    else if (frame.type === 'subscribed') subscriptions.takeSubscribed(frame);
    else if (isChange(frame)) subscriptions.takeChange(frame);
    else if (frame.type !== 'unsubscribed') {
      if (frame.type === 'error') subscriptions.takeError(frame);
      this.#parts.onEvent(frame);
    } else if (subscriptions.takeUnsubscribed(frame)) this.#parts.onEvent(frame);
  }

  #begin(token: string | undefined): void {
    this.#change({ kind: 'open' });
    this.#scheduleRenewal(token);
    this.#subscriptions.askForAll();
  }

  #tellRead(conversationId: string): void {
    const seq = this.#unsentReads.get(conversationId);
    if (seq !== undefined && this.#session?.send({ type: 'read', conversationId, seq }))
      this.#unsentReads.delete(conversationId);
  }

  #scheduleRenewal(token: string | undefined): void {
    const { clock, token: source } = this.#parts;
    const expiry = token === undefined ? undefined : readExpiry(token);
    if (expiry === undefined || typeof source !== 'function') return;
    const left = expiry - clock.now();
    this.#stopRenewal = clock.after(Math.max(left - RENEW_BEFORE_MS, left / 2, 1_000), async () => {
      const next = await readToken(source).catch(() => undefined); // the service closes with 3502 when it is over
      if (next === undefined || next === token) return;
      if (this.#session?.send({ type: 'authenticate', token: next })) this.#scheduleRenewal(next);
    });
  }

  #leave(code: number, reason: string, lastedMs: number): void {
    this.#session = undefined;
    this.#stopTimers();
    if (this.#state.kind === 'closed') return;
    if (this.#state.kind === 'open' && lastedMs >= GOOD_CONNECTION_MS) this.#attempt = 0;
    const verdict = judgeClose(code, typeof this.#parts.token === 'function');
    if (verdict === 'stop') this.#change({ kind: 'closed', code, reason });
    else if (verdict === 'new-token' && this.#attempt === 0) void this.#open();
    else this.#waitFor(code);
  }

  /** Waits as long as the service advised before it drained, else by the attempt. */
  #waitFor(code: number): void {
    const { clock } = this.#parts;
    const advised = this.#advisedAt === undefined ? undefined : Math.max(0, this.#advisedAt - clock.now());
    this.#advisedAt = undefined;
    const inMs = advised ?? chooseWait(Math.max(this.#attempt, 1), clock.random);
    this.#stopTimer = clock.after(inMs, () => void this.#open());
    this.#change({ kind: 'waiting', inMs, code, attempt: this.#attempt });
  }

  #stopTimers(): void {
    this.#stopTimer();
    this.#stopRenewal();
    this.#stopCheck();
  }

  #change(state: ConnectionState): void {
    if (this.#state.kind === 'closed') return; // the end is the end
    this.#state = state;
    this.#parts.onState(state);
  }
}
