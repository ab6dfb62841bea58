import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type ServerFrame, serverFrame } from '../realtime/frames.ts';

/** Frame of a type. */
type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** A client that remembers every frame, each checked against the protocol. */
export type SocketClient = {
  readonly ws: WebSocket;
  readonly frames: readonly ServerFrame[];
  /** Resolves with the code that the connection ended with. */
  readonly closed: Promise<number>;
  send(frame: unknown): void;
  /** The first frame of that type, and of what is asked for, after those that were waited for before; waits at most 10 s. */
  next<Type extends ServerFrame['type']>(
    type: Type,
    isWanted?: (frame: FrameOf<Type>) => boolean,
  ): Promise<FrameOf<Type>>;
  /** Subscribes and waits for the answer. */
  subscribe(conversationId: string, from?: { seq: number; version: number }): Promise<FrameOf<'subscribed'>>;
  close(): Promise<void>;
};

/** How to open a socket, beside whose it is. */
export type SocketOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: string[];
  /** Instead of the usual one, which names the user. */
  readonly query?: string;
};

const PATIENCE = 30_000;

/** The address of a service's sockets. */
export function socketUrl(url: string, query: string): string {
  return `${url.replace('http', 'ws')}/api/v1/chat/ws${query}`;
}

/** Opens a socket and waits until it is open. Throws when it is refused. */
export async function openSocket(url: string, userId: string, options: SocketOptions = {}): Promise<SocketClient> {
  const { headers = {}, protocols = [], query = `?userId=${encodeURIComponent(userId)}` } = options;
  const ws = new WebSocket(socketUrl(url, query), protocols, { headers, perMessageDeflate: false });
  const client = listen(ws);
  await once(ws, 'open');
  return client;
}

function listen(ws: WebSocket): SocketClient {
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const seen = new Map<string, number>();
  const closed = new Promise<number>((resolve) => ws.on('close', (code) => resolve(code)));
  const wake = () => {
    for (const look of waiting) look();
  };
  ws.on('message', (data) => {
    frames.push(serverFrame.parse(JSON.parse(String(data))));
    wake();
  });
  void closed.then(wake);
  const send = (frame: unknown) => ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const next: SocketClient['next'] = (type, isWanted = () => true) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      const look = () => {
        const from = seen.get(type) ?? 0;
        const index = frames.findIndex((frame, at) => at >= from && frame.type === type && isWanted(frame as never));
        if (index === -1) return;
        seen.set(type, index + 1);
        finish();
        resolve(frames[index] as never);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`Expected a frame ${type} within ${PATIENCE} ms, found ${JSON.stringify(frames.slice(-5))}`));
      }, PATIENCE);
      waiting.add(look);
      look();
    });
  return {
    ws,
    frames,
    closed,
    send,
    next,
    subscribe: (conversationId, from) => {
      send({ type: 'subscribe', conversationId, ...from });
      return next('subscribed', (frame) => frame.conversationId === conversationId);
    },
    close: async () => {
      ws.close();
      await closed;
    },
  };
}
