import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { CLOSE_CODES, type CloseReason } from './close-codes.ts';
import { FrameBudget } from './frame-budget.ts';
import type { ServerFrame } from './frames.ts';
import type { Outboxes } from './outboxes.ts';
import type { Subscription } from './subscription.ts';
import { encodeTextFrame, PING_FRAME } from './text-frame.ts';
import type { Timed, TimerWheel } from './timer-wheel.ts';

/** Most bytes that may wait for a reader, in front of the frame that is sent last. */
const LARGEST_OUTBOX = 1_024 * 1_024;

/** News is not worth waiting for: it is left out while so many bytes wait. */
const ROOM_FOR_NEWS = 64 * 1_024;

// What the package `ws` calls them, and the codes that it closes with; 1002 for all others.
const PROTOCOL_ERRORS: ReadonlyMap<string | undefined, number> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
  ['WS_ERR_INVALID_UTF8', 1007],
]);

/** How patient the service is with a connection, in milliseconds. */
export type Patience = {
  readonly pingEvery: number;
  readonly pongWithin: number;
  readonly authenticateWithin: number;
  /** How long after the end of a token a new one may come. */
  readonly tokenGrace: number;
};

/** What all connections of a process share. */
export type ConnectionHost = {
  readonly patience: Patience;
  readonly wheel: TimerWheel;
  readonly outboxes: Outboxes;
  /** A text frame came, within the budget. */
  onText(connection: Connection, text: string): void;
  /** The connection takes no part any more, though its socket may still be closing. Once. */
  onLeave(connection: Connection, code: number): void;
  /** The socket is gone. Once, after `onLeave`. */
  onGone(connection: Connection): void;
};

/**
 * One socket: what waits to be sent, whether anybody is still there, who it is and how long that is proven.
 * There may be tens of thousands: no timer and no closure of its own, and what few need is made when it is needed.
 *
 *   connected ──authenticated──▶ open ──ping, pong, ping …──▶ leaving ──closing handshake, at most 5 s──▶ gone
 *       └──────── none within 10 s, no pong, token over, outbox full, bad frame, drain ──────▲
 */
export class Connection implements Timed {
  slot = -1;
  /** Undefined until it is known. */
  userId: string | undefined;
  /** Whether a token is being looked at; frames wait in `early` meanwhile. */
  isAuthenticating = false;
  early: string[] | undefined;
  subscriptions: Map<string, Subscription> | undefined;
  /** The userId that was named when the socket was opened. */
  readonly claimed: string | undefined;
  readonly #budget: FrameBudget;
  readonly #host: ConnectionHost;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  #isLeaving = false;
  #pingAt: number;
  #pongBy = Number.POSITIVE_INFINITY;
  /** When it ends unless a token comes: authentication at first, then the end of the token. */
  #provenUntil: number;

  constructor(host: ConnectionHost, ws: WebSocket, socket: Duplex, claimed: string | undefined, now: number) {
    this.#host = host;
    this.#ws = ws;
    this.#socket = socket;
    this.claimed = claimed;
    this.#budget = new FrameBudget(now);
    this.#pingAt = now + host.patience.pingEvery;
    this.#provenUntil = now + host.patience.authenticateWithin;
    this.#place();
  }

  /** Whether it still takes part. */
  get isOpen(): boolean {
    return !this.#isLeaving;
  }

  /** It is known who this is, until `expiresAt` (ms since epoch; Infinity: for ever). */
  admit(userId: string, expiresAt: number): void {
    this.userId = userId;
    this.#provenUntil = performance.now() + (expiresAt - Date.now()) + this.#host.patience.tokenGrace;
    this.#place();
  }

  /** Sends a frame that is for this connection alone; those of one turn of the event loop go in one write. */
  tell(frame: ServerFrame): void {
    this.send(encodeTextFrame(JSON.stringify(frame)));
  }

  /** The same for encoded frames. */
  send(frame: Buffer): void {
    if (!this.#isLeaving) this.#host.outboxes.cork(this.#socket);
    this.write(frame);
  }

  /** Writes encoded frames at once. A reader for whom too much waits already is closed instead. */
  write(frames: Buffer): void {
    if (!this.#isWritable) return;
    if (this.#socket.writableLength > LARGEST_OUTBOX) this.close('slow');
    else this.#socket.write(frames);
  }

  /** Writes frames that may be lost, where there is room. */
  writeNews(frame: Buffer): void {
    if (this.#isWritable && this.#socket.writableLength <= ROOM_FOR_NEWS) this.#socket.write(frame);
  }

  /** Gathers what is written until the end of this turn of the event loop into one write. */
  cork(): void {
    if (!this.#isLeaving) this.#host.outboxes.cork(this.#socket);
  }

  /** Closes with the code of a reason, once everything written before is sent. */
  close(reason: CloseReason): void {
    if (this.#isLeaving) return;
    const { code, reason: text } = CLOSE_CODES[reason];
    this.#leave(code);
    this.#ws.close(code, text);
  }

  /** Ends the socket without ceremony. */
  terminate(): void {
    this.#leave(CLOSE_CODES.draining.code);
    this.#ws.terminate();
  }

  look(now: number): number | undefined {
    if (this.#isLeaving) return undefined;
    if (now >= this.#provenUntil) this.close(this.userId === undefined ? 'unauthenticated' : 'tokenExpired');
    else if (now >= this.#pongBy) this.close('noPong');
    else if (now >= this.#pingAt) this.#ping(now);
    return this.#isLeaving ? undefined : this.#due;
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isLeaving) return;
    if (isBinary) this.close('badFrame');
    else if (this.#budget.take(performance.now())) this.#host.onText(this, data.toString());
    else this.close('rateLimited');
  }

  /** A ping of the client costs as much as a frame. */
  onPing(data: Buffer): void {
    if (this.#isLeaving) return;
    if (!this.#budget.take(performance.now())) this.close('rateLimited');
    else if (this.#socket.writableLength > LARGEST_OUTBOX) this.close('slow');
    else this.#ws.pong(data);
  }

  onPong(): void {
    this.#pongBy = Number.POSITIVE_INFINITY;
  }

  /** The client broke the protocol of WebSockets itself; the package closes with the code that is for that. */
  onProtocolError(kind: string | undefined): void {
    this.#leave(PROTOCOL_ERRORS.get(kind) ?? 1002);
  }

  /** The socket is gone, with the code that the client or the network gave where it was not closed from here. */
  onClose(code: number): void {
    this.#leave(code);
    this.#host.onGone(this);
  }

  /** Nothing may follow a close frame, also one that answers the client's. */
  get #isWritable(): boolean {
    return !this.#isLeaving && this.#ws.readyState === WebSocket.OPEN;
  }

  #ping(now: number): void {
    if (this.#isWritable) this.#socket.write(PING_FRAME);
    this.#pingAt = now + this.#host.patience.pingEvery;
    this.#pongBy = Math.min(this.#pongBy, now + this.#host.patience.pongWithin);
  }

  get #due(): number {
    return Math.min(this.#pingAt, this.#pongBy, this.#provenUntil);
  }

  #place(): void {
    if (!this.#isLeaving) this.#host.wheel.place(this, this.#due);
  }

  #leave(code: number): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.early = undefined;
    this.#host.wheel.remove(this);
    this.#host.onLeave(this, code);
  }
}
