import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way for TCP connections that can be taken from one side alone, while the other one goes on. */
export type SeverableLink = {
  readonly port: number;
  /** Breaks every connection and lets none be made until it is mended. */
  sever(): void;
  /** Passes nothing on until it is mended: connections stay open, and what was sent waits. */
  hold(): void;
  mend(): void;
  stop(): Promise<void>;
};

/** Starts a link to the port that `target` tells for each new connection. */
export async function startSeverableLink(target: () => number): Promise<SeverableLink> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'severed' | 'held' = 'open';
  const adopt = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on('data', (chunk) => other.write(chunk));
    if (state === 'held') socket.pause();
  };
  const server = createServer((client) => {
    if (state === 'severed') {
      client.destroy();
      return;
    }
    const upstream = connect(target(), '127.0.0.1');
    adopt(client, upstream);
    adopt(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const severAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    sever: () => {
      state = 'severed';
      severAll();
    },
    hold: () => {
      state = 'held';
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    stop: async () => {
      severAll();
      server.close();
      await once(server, 'close');
    },
  };
}
