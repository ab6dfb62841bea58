import type { Clock } from '../clock.ts';
import { type ClientFrame, parseFrame, type ServerFrame } from './frames.ts';

/** The part of a WebSocket that is used; that of browsers and of Node has it. */
export type Socket = {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
};

/** Opens a socket. */
export type OpenSocket = (url: string) => Socket;

/** The WebSocket of the platform. */
export const openWebSocket: OpenSocket = (url) => new WebSocket(url) as unknown as Socket;

/** How long a connection may take until the service welcomes it, in milliseconds. */
const LONGEST_OPENING_MS = 10_000;

/** The code of a close that was noticed only because nothing came, as WebSockets name it. */
export const NO_ANSWER = 1006;

/** What becomes of a session. `onClose` is called once, and nothing after it. */
export type SessionListener = {
  onFrame(frame: ServerFrame): void;
  onClose(code: number, reason: string): void;
};

/** One socket from its opening to its close. */
export class SocketSession {
  readonly #socket: Socket;
  readonly #listener: SessionListener;
  readonly #stopWaiting: () => void;
  #isWelcome = false;
  #isOver = false;

  constructor(url: string, token: string | undefined, openSocket: OpenSocket, clock: Clock, listener: SessionListener) {
    this.#listener = listener;
    this.#stopWaiting = clock.after(LONGEST_OPENING_MS, () => this.end(NO_ANSWER, 'no welcome in time'));
    this.#socket = openSocket(url);
    this.#socket.onopen = () => {
      if (token !== undefined) this.#write({ type: 'authenticate', token });
    };
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = ({ code, reason }) => this.#finish(code, reason);
  }

  /** Sends a frame; answers whether it could, which is from the welcome to the close. */
  send(frame: ClientFrame): boolean {
    if (!this.#isWelcome || this.#isOver) return false;
    this.#write(frame);
    return true;
  }

  /** Closes the socket, and tells the listener at once: a socket whose network is gone may take minutes to close. */
  end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#socket.close(1000);
    this.#finish(code, reason);
  }

  #write(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #take(data: unknown): void {
    const frame = parseFrame(data);
    if (!frame || this.#isOver) return;
    if (frame.type === 'welcome') {
      this.#isWelcome = true;
      this.#stopWaiting();
    }
    this.#listener.onFrame(frame);
  }

  #finish(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWaiting();
    this.#listener.onClose(code, reason);
  }
}
