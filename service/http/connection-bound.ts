import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { buildProblemDocument } from './problem.ts';
import { chooseRequestId } from './request-id.ts';

/** Connections over the bound that are heard, so that they are told why and probes are answered; further ones are closed unheard. */
const SPARE = 256;

/** How long one over the bound may be silent, in milliseconds. */
const SILENCE = 2_000;

/** How long a client is asked to stay away from a process that takes no more connections, in seconds. */
const RETRY_AFTER = '2';

const DETAIL = 'This process takes no more connections. Connect again.';

/** Whether a path asks how the process is: that is answered on any connection, for one that is full is well. */
export const isHealthPath = (path: string): boolean => /^(\/api\/v1)?\/health(?![^/?])/.test(path);

/**
 * The connections of a server, WebSockets among them. Memory is planned for so many; one that comes when they are there is refused with
 * 503 and closed, so that its client comes to another process, instead of all of them being lost to the kernel's killer.
 */
export class ConnectionBound {
  readonly #most: number;
  readonly #onRefused: () => void;
  readonly #surplus = new WeakSet<Socket>();
  #open = 0;

  constructor(most: number, onRefused: () => void) {
    this.#most = most;
    this.#onRefused = onRefused;
  }

  /** Connections that are open, of any kind. */
  get open(): number {
    return this.#open;
  }

  /** Whether a request for a WebSocket is refused because its connection came when there were as many as may be; it is counted then. */
  refusesSocket(request: IncomingMessage): boolean {
    const isRefused = this.#isSurplus(request);
    if (isRefused) this.#onRefused();
    return isRefused;
  }

  /** Has a server count its connections. */
  attach(server: Server): void {
    server.maxConnections = this.#most + SPARE;
    server.on('drop', this.#onRefused);
    server.on('connection', (socket) => {
      this.#open += 1;
      socket.once('close', () => {
        this.#open -= 1;
      });
      if (this.#open <= this.#most) return;
      this.#surplus.add(socket);
      socket.setTimeout(SILENCE);
    });
  }

  /** A listener that hears requests of connections within the bound, and those of probes. */
  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#isSurplus(request)) {
        response.shouldKeepAlive = false;
        if (!isHealthPath(request.url ?? '')) return this.#refuse(request, response);
      }
      listener(request, response);
    };
  }

  #isSurplus({ socket }: IncomingMessage): boolean {
    return this.#surplus.has(socket);
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    this.#onRefused();
    const requestId = chooseRequestId(request.headers['x-request-id']);
    const body = JSON.stringify(buildProblemDocument('no-room', DETAIL, [], requestId));
    const headers = { 'X-Request-Id': requestId, 'Retry-After': RETRY_AFTER, 'Cache-Control': 'no-store' };
    response
      .writeHead(503, {
        ...headers,
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
      })
      .end(body);
  }
}
