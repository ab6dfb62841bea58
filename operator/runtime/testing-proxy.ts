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
 * act and then destroys it, `silence` never answers, `replay` gives the oldest answer that was given to this very GET. `until` passes
 * the request on when the promise is fulfilled.
 */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | { until: Promise<unknown> }
  | 'cut'
  | 'lost answer'
  | 'silence'
  | 'replay';

/** A proxy in front of an API server, for tests: it counts, and misbehaves on demand. */
export interface TestingProxy {
  readonly url: string;
  /** Every request so far. */
  readonly seen: SeenRequest[];
  /** Everything but GET. */
  writes(): SeenRequest[];
  /** Asked before each request is passed on. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Asked for each line of each watch: what is passed on instead, in order and when it is fulfilled. */
  lines: (line: string) => Promise<readonly string[]>;
  /** Destroys the watches that are open. */
  cutWatches(): void;
  /** Destroys every connection. */
  cutAll(): void;
  /** Resolves when a watch ends that is open now or will be. */
  nextClosedWatch(): Promise<void>;
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
  const firstAnswers = new Map<string, string>();
  let watchClosed = Promise.withResolvers<void>();

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
          response.once('close', () => {
            watches.delete(response);
            watchClosed.resolve();
            watchClosed = Promise.withResolvers();
          });
        }
        answer.on('error', () => response.destroy());
        if (isWatch) {
          void passLines(answer, response, (line) => result.lines(line));
        } else {
          keepFirst(request, answer);
          answer.pipe(response);
        }
      },
    );
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }

  /** Keeps the first good answer to each GET, to be replayed. */
  function keepFirst({ method, url = '' }: IncomingMessage, answer: IncomingMessage): void {
    if (method !== 'GET' || answer.statusCode !== 200 || firstAnswers.has(url)) {
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.once('end', () => firstAnswers.set(url, Buffer.concat(chunks).toString('utf8')));
  }

  function answerItself(response: ServerResponse, status: number, body?: string, headers = {}): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body ?? JSON.stringify({ kind: 'Status', status: 'Failure', code: status, message: 'injected' }));
  }

  const proxy = http.createServer((request, response) => {
    const each = note(request);
    const fault = result.fault(each);
    const old = fault === 'replay' ? firstAnswers.get(each.path) : undefined;
    if (old !== undefined) {
      request.resume();
      answerItself(response, 200, old);
    } else if (fault === undefined || fault === 'lost answer' || fault === 'replay') {
      forward(request, response, each, fault === 'lost answer');
    } else if (fault === 'cut') {
      request.socket.destroy();
    } else if (fault !== 'silence' && 'until' in fault) {
      void fault.until.then(() => forward(request, response, each, false));
    } else if (fault !== 'silence') {
      request.resume();
      answerItself(response, fault.status, fault.body, fault.headers);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));

  const result: TestingProxy = {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    seen,
    writes: () => seen.filter((each) => each.method !== 'GET'),
    fault: () => undefined,
    lines: async (line) => [line],
    cutWatches() {
      for (const watch of watches) {
        watch.destroy();
      }
    },
    cutAll: () => proxy.closeAllConnections(),
    nextClosedWatch: () => watchClosed.promise,
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

/** Passes a watch on line by line, in order, each as `lines` says. */
async function passLines(
  answer: IncomingMessage,
  response: ServerResponse,
  lines: (line: string) => Promise<readonly string[]>,
): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of answer.setEncoding('utf8')) {
      const whole = `${rest}${chunk}`.split('\n');
      rest = whole.pop() ?? '';
      for (const line of whole) {
        for (const each of await lines(line)) {
          response.write(`${each}\n`);
        }
      }
    }
    response.end();
  } catch {
    response.destroy();
  }
}
