import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';

const IDLE_SWEEP = 100;

/**
 * A server with bounded patience: 10 s for headers, 30 s for a whole request. Idle connections live 65 s, longer than the
 * usual 60 s of a proxy in front, which must be the one to close first. Offers of another protocol than WebSocket, which some
 * clients make with every request (h2c), are let lie, as they may be (RFC 9110, section 7.8).
 */
export function createBoundedServer(listener: RequestListener): Server {
  const patience = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 };
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    server.listenerCount('upgrade') > 0 && /\bwebsocket\b/i.test(headers.upgrade ?? '');
  const server: Server = createServer(
    { ...patience, connectionsCheckingInterval: 5_000, shouldUpgradeCallback },
    listener,
  );
  return server;
}

/** Makes a server listen; answers the port, which the system chooses for 0. Throws EADDRINUSE when the port is taken. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** While draining, every answer asks its client to open the next connection elsewhere. */
export function closeConnectionsWhile(isDraining: () => boolean): Koa.Middleware {
  return (context, next) =>
    next().then(() => {
      if (isDraining()) context.set('Connection', 'close');
    });
}

/**
 * Stops accepting, lets requests under way finish for at most so many milliseconds, then breaks them.
 * Answers whether nothing had to be broken.
 */
export async function closeServer(server: Server, graceMs: number): Promise<boolean> {
  if (!server.listening) return true;
  let isClean = true;
  const force = setTimeout(() => {
    isClean = false;
    server.closeAllConnections();
  }, graceMs);
  // Closing also ends idle connections, but not those whose answer, sent just before the drain, left them open.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP);
  const closed = once(server, 'close');
  server.close();
  await closed;
  clearTimeout(force);
  clearInterval(sweep);
  return isClean;
}
