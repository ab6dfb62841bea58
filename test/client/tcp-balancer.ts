import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** How often readiness is asked for, and after how many refusals in a row a replica gets no new connections. */
const PROBE = { intervalMs: 100, failures: 3 };

/**
 * Spreads connections over replicas in turn, as a Service of Kubernetes does: it knows nothing of requests, a connection stays
 * where it is, and a replica that is not ready any more gets new ones until that was noticed.
 */
export type TcpBalancer = {
  readonly url: string;
  add(port: number): void;
  /** Resolves when the replica at a port gets connections. */
  awaitReady(port: number): Promise<void>;
  remove(port: number): void;
  /** How many connections each replica got, in the order in which they were added, also of those that are gone. */
  connectionsByPort(): number[];
  stop(): Promise<void>;
};

type Replica = { readonly port: number; isReady: boolean; failures: number; connections: number; isGone: boolean };

/** Starts a balancer on a free port. */
export async function startTcpBalancer(): Promise<TcpBalancer> {
  const replicas: Replica[] = [];
  const waiting: { port: number; resolve: () => void }[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;

  const server = createServer((client) => {
    const ready = replicas.filter(({ isReady }) => isReady);
    turn += 1;
    const replica = ready[turn % ready.length];
    if (!replica) return void client.destroy();
    replica.connections += 1;
    join(client, connect(replica.port, '127.0.0.1'), sockets);
  });
  const probe = async (replica: Replica) => {
    const isWell = await isReady(replica.port);
    replica.failures = isWell ? 0 : replica.failures + 1;
    if (isWell) replica.isReady = true;
    if (replica.failures >= PROBE.failures) replica.isReady = false;
    for (const { port, resolve } of waiting) if (replica.isReady && port === replica.port) resolve();
  };
  const timer = setInterval(() => {
    for (const replica of replicas) if (!replica.isGone) void probe(replica);
  }, PROBE.intervalMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (port) => void replicas.push({ port, isReady: false, failures: 0, connections: 0, isGone: false }),
    awaitReady: (port) => new Promise((resolve) => waiting.push({ port, resolve })),
    remove: (port) => {
      for (const replica of replicas.filter((each) => each.port === port)) {
        replica.isGone = true;
        replica.isReady = false;
      }
    },
    connectionsByPort: () => replicas.map(({ connections }) => connections),
    stop: async () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Each end of one connection is that of the other; a broken one is broken on both sides. */
function join(client: Socket, replica: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [client, replica],
    [replica, client],
  ] as const) {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
    from.pipe(to);
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const headers = { Connection: 'close' };
    return (await fetch(`http://127.0.0.1:${port}/health/ready`, { headers, signal: AbortSignal.timeout(4_000) })).ok;
  } catch {
    return false;
  }
}
