import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of the answer that was waited for: its connection breaks, or nothing more comes over it. */
export type Fate = 'cut' | 'silence';

/** A proxy of TCP connections that loses one answer. */
export type CuttingProxy = {
  readonly port: number;
  /** Loses the next answer that has `text` in it; resolves when it came, before its sender can go on. */
  lose(text: string, fate: Fate, onLost?: () => void): Promise<void>;
  /** Breaks every connection; the next ones ask for the target anew. */
  cut(): void;
  stop(): Promise<void>;
};

/** Starts a proxy to the port that `target` tells for each new connection. */
export async function startCuttingProxy(target: () => number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let trap: { text: string; fate: Fate; onLost: () => void } | undefined;

  const server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1');
    let silent = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()); // a broken connection is broken on both sides
      socket.on('close', () => {
        sockets.delete(socket);
        if (!silent) other.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (trap && chunk.includes(trap.text)) {
        const { fate, onLost } = trap;
        trap = undefined;
        silent = fate === 'silence';
        if (!silent) client.destroy();
        onLost();
      } else if (!silent) client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lose: (text, fate, onLost = () => undefined) =>
      new Promise((resolve) => {
        trap = {
          text,
          fate,
          onLost: () => {
            onLost();
            resolve();
          },
        };
      }),
    cut,
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
