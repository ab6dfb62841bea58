import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server of the tests deviates from an honest one. Without any lie it keeps the promises of the cache. */
export type Lies = {
  /** What every page says about itself, whatever is true. */
  fromCache?: boolean;
  /** A send leaves cached pages as they are. */
  keepsStalePages?: boolean;
  /** A send is acknowledged and forgotten. */
  losesMessages?: boolean;
  /** Redis is away. */
  unhealthy?: boolean;
  /** Reads of messages are answered 503. */
  unavailable?: boolean;
  /** How many of the next reads are preceded by a message of somebody else. */
  strangersWrite?: number;
  /** How many of the next page sizes somebody else has read just before. */
  strangersRead?: number;
};

/** A server that runs until `stop`. */
export type LyingServer = { url: string; sends: () => number; stop: () => Promise<void> };

type Page = { messages: { id: string }[]; version: number };

/** Serves one conversation, conv-1, from memory on a free port. */
export async function startLyingServer(lies: Lies = {}): Promise<LyingServer> {
  const state = { messages: ['0'], version: 1, hits: 0, misses: 0, sends: 0, cache: new Map<string, Page>() };
  const left = { write: lies.strangersWrite ?? 0, read: lies.strangersRead ?? 0 };

  const fresh = (limit: number): Page => ({
    messages: state.messages.slice(-limit).map((id) => ({ id })),
    version: state.version,
  });
  const append = (stored: boolean): string => {
    state.version += 1;
    const id = `message-${state.version}`;
    if (stored) state.messages.push(id);
    if (!lies.keepsStalePages) state.cache.clear();
    return id;
  };
  const read = (limit: number) => {
    if (left.read > 0 && !state.cache.has(`${limit}`)) {
      left.read -= 1;
      state.cache.set(`${limit}`, fresh(limit));
    } else if (left.write > 0) {
      left.write -= 1;
      append(true);
    }
    const cached = state.cache.get(`${limit}`);
    state[cached ? 'hits' : 'misses'] += 1;
    const page = cached ?? fresh(limit);
    state.cache.set(`${limit}`, page);
    return { ...page, fromCache: lies.fromCache ?? cached !== undefined };
  };
  const answer = (method: string, url: URL): [number, unknown] => {
    if (url.pathname === '/api/v1/health') return [200, { status: 'ok' }];
    if (url.pathname === '/api/v1/health/cache') {
      const metrics = { hits: state.hits, misses: state.misses };
      return [lies.unhealthy ? 503 : 200, { healthy: !lies.unhealthy, metrics }];
    }
    if (url.pathname !== '/api/v1/chat/conversations/conv-1/messages') {
      return [404, { title: 'Not found', detail: 'There is no such conversation' }];
    }
    if (lies.unavailable) return [503, { title: 'Unavailable', detail: 'Postgres is away' }];
    if (method === 'GET') return [200, read(Number(url.searchParams.get('limit')))];
    state.sends += 1;
    return [201, { message: { id: append(!lies.losesMessages) }, version: state.version }];
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const [status, body] = answer(request.method ?? '', new URL(request.url ?? '/', 'http://localhost'));
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sends: () => state.sends,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
