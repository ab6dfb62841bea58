import type { ClientFrame, ServerFrame } from '../realtime/frames.ts';
import type { OpenSocket, Socket } from '../realtime/socket-session.ts';

/** One socket of the client, seen from the other end. */
export type FakeSocket = {
  readonly url: string;
  /** What the client sent. */
  readonly frames: ClientFrame[];
  /** What the client sent since this was asked last. */
  heard(): ClientFrame[];
  open(): void;
  /** Opens the socket and welcomes the client. */
  welcome(userId?: string): void;
  tell(...frames: ServerFrame[]): void;
  /** Hands over a text as it is. */
  tellText(text: unknown): void;
  drop(code: number, reason?: string): void;
  /** Whether the client closed it. */
  readonly isClosed: boolean;
};

/** The other end of the sockets that a client opens, one after the other. */
export type FakeService = {
  readonly openSocket: OpenSocket;
  readonly sockets: FakeSocket[];
  /** The newest socket. Throws where there is none. */
  readonly socket: FakeSocket;
};

/** Makes a service whose sockets a test plays. */
export function createFakeService(): FakeService {
  const sockets: FakeSocket[] = [];
  return {
    sockets,
    openSocket: (url) => {
      const { socket, fake } = createFakeSocket(url);
      sockets.push(fake);
      return socket;
    },
    get socket() {
      const last = sockets.at(-1);
      if (!last) throw new Error('expected a socket, found none');
      return last;
    },
  };
}

function createFakeSocket(url: string): { socket: Socket; fake: FakeSocket } {
  const frames: ClientFrame[] = [];
  let heard = 0;
  let isClosed = false;
  const socket: Socket = {
    send: (text) => void frames.push(JSON.parse(text) as ClientFrame),
    close: () => {
      isClosed = true;
    },
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  const tellText = (data: unknown) => socket.onmessage?.({ data });
  const fake: FakeSocket = {
    url,
    frames,
    heard: () => {
      const since = frames.slice(heard);
      heard = frames.length;
      return since;
    },
    open: () => socket.onopen?.(),
    welcome(userId = 'ann') {
      socket.onopen?.();
      fake.tell({ type: 'welcome', userId, pingSeconds: 25 });
    },
    tell: (...told) => {
      for (const frame of told) tellText(JSON.stringify(frame));
    },
    tellText,
    drop: (code, reason = '') => socket.onclose?.({ code, reason }),
    get isClosed() {
      return isClosed;
    },
  };
  return { socket, fake };
}
