import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as the proxy saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  isWatch: boolean;
}

/**
 * An answer that the proxy gives by itself; or instead: `cut` destroys the connection, `lost answer` lets the server
 * act and then destroys it, `silence` never answers.
 */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'cut'
  | 'lost answer'
  | 'silence';

/** A proxy in front of an API server, for tests: it counts, and misbehaves on demand. */
export interface TestingProxy {
  readonly url: string;
  /** Every request so far. */
  readonly seen: SeenRequest[];
  /** Everything but GET. */
  writes(): SeenRequest[];
  /** Asked before each request is passed on. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Destroys the watches that are open. */
  cutWatches(): void;
  /** Sends a line into the watches that are open. */
  injectLine(line: string): void;
  /** Resolves at the next request that the test accepts. */
  next(accepts: (request: SeenRequest) => boolean): Promise<SeenRequest>;
  close(): Promise<void>;
}

/** Starts a proxy on a free port that talks to the server as the bearer of the token. */
export async function startTestingProxy(server: { url: string; ca: string; token: string }): Promise<TestingProxy> {
  const agent = new https.Agent({ ca: server.ca, keepAlive: true });
  const watches = new Set<ServerResponse>();
  const waiters = new Set<{ accepts: (request: SeenRequest) => boolean; resolve: (request: SeenRequest) => void }>();
  const seen: SeenRequest[] = [];

  function note(request: IncomingMessage): SeenRequest {
    const path = request.url ?? '';
    const each = { method: request.method ?? '', path, isWatch: path.includes('watch=true') };
    seen.push(each);
    for (const waiter of waiters) {
      if (waiter.accepts(each)) {
        waiters.delete(waiter);
        waiter.resolve(each);
      }
    }
    return each;
  }

  function forward(request: IncomingMessage, response: ServerResponse, { isWatch }: SeenRequest, lose: boolean): void {
    const headers = { ...request.headers, host: new URL(server.url).host, authorization: `Bearer ${server.token}` };
    const onward = https.request(
      new URL(request.url ?? '', server.url),
      { method: request.method ?? 'GET', headers, agent },
      (answer) => {
        if (lose) {
          request.socket.destroy();
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        if (isWatch) {
          watches.add(response);
          response.once('close', () => watches.delete(response));
        }
        answer.on('error', () => response.destroy());
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }

  const proxy = http.createServer((request, response) => {
    const each = note(request);
    const fault = result.fault(each);
    if (fault === undefined || fault === 'lost answer') {
      forward(request, response, each, fault === 'lost answer');
    } else if (fault === 'cut') {
      request.socket.destroy();
    } else if (fault !== 'silence') {
      request.resume();
      const body = fault.body ?? JSON.stringify({ kind: 'Status', status: 'Failure', message: 'injected' });
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(body);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));

  const result: TestingProxy = {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    seen,
    writes: () => seen.filter((each) => each.method !== 'GET'),
    fault: () => undefined,
    cutWatches() {
      for (const watch of watches) {
        watch.destroy();
      }
    },
    injectLine(line) {
      for (const watch of watches) {
        watch.write(`${line}\n`);
      }
    },
    next: (accepts) => new Promise((resolve) => waiters.add({ accepts, resolve })),
    close() {
      agent.destroy();
      return new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      });
    },
  };
  return result;
}
