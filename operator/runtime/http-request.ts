import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { ConnectionError } from './api-error.ts';
import type { Clock } from './clock.ts';

/** One HTTP request, ready to be sent. */
export interface HttpRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string;
  agent: http.Agent;
  signal?: AbortSignal;
}

/** The longest body, or line of a stream, that is taken in: etcd holds no object over 1.5 MiB, a page holds many. */
const longestText = 256 * 1024 * 1024;

/**
 * Sends a request and gives the answer's head; ConnectionError when there is none. A kept-alive connection that the
 * server closed at the same moment is replaced once, except for POST: whether the server acted is unknown.
 */
export async function sendRequest(request: HttpRequest): Promise<IncomingMessage> {
  const first = await attempt(request);
  if (!(first instanceof Error)) {
    return first;
  }
  const stale = first.cause instanceof Error && 'reused' in first.cause && first.cause.reused === true;
  const second = stale && request.method !== 'POST' && !request.signal?.aborted ? await attempt(request) : first;
  if (second instanceof Error) {
    throw second;
  }
  return second;
}

function attempt(request: HttpRequest): Promise<IncomingMessage | ConnectionError> {
  const { url, method, headers, body, agent, signal } = request;
  return new Promise((resolve) => {
    const send = url.protocol === 'http:' ? http.request : https.request;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = send(url, { method, headers: { ...headers, ...length }, agent, ...(signal && { signal }) });
    outgoing.once('response', resolve);
    // 'on', not 'once': a connection that breaks after the head emits here too, and the reader of the body tells.
    outgoing.on('error', (error) => {
      const cause = Object.assign(error, { reused: outgoing.reusedSocket });
      resolve(new ConnectionError(`${method} ${url.origin}${url.pathname}: ${describe(signal, error)}`, cause));
    });
    outgoing.end(body);
  });
}

function describe(signal: AbortSignal | undefined, error: Error): string {
  return signal?.aborted && signal.reason instanceof Error ? signal.reason.message : error.message;
}

/** The whole body as text; ConnectionError when the connection breaks before its end. */
export async function readText(message: IncomingMessage, signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestText) {
        throw new Error(`expected at most ${longestText} bytes, found more`);
      }
    }
  } catch (error) {
    throw new ConnectionError(`reading an answer: ${describe(signal, error as Error)}`, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What ends a stream of lines early. */
export interface LineOptions {
  clock: Clock;
  /** A stream that is silent for longer is destroyed and throws ConnectionError. */
  idleMilliseconds: number;
}

/** The lines of a stream as they come; ConnectionError when it breaks or is silent, a plain end when it ends. */
export async function* readLines(message: IncomingMessage, options: LineOptions): AsyncGenerator<string> {
  const { clock, idleMilliseconds } = options;
  const decoder = new StringDecoder('utf8');
  const guard = (): (() => void) =>
    clock.schedule(idleMilliseconds, () => {
      message.destroy(new Error(`expected something at least every ${idleMilliseconds} ms, found silence`));
    });
  let cancel = guard();
  let rest = '';
  try {
    for await (const chunk of message) {
      cancel();
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > longestText) {
        throw new Error(`expected lines of at most ${longestText} characters, found a longer one`);
      }
      yield* lines.filter((line) => line !== '');
      cancel = guard();
    }
  } catch (error) {
    throw error instanceof ConnectionError ? error : new ConnectionError(`watch: ${(error as Error).message}`, error);
  } finally {
    cancel();
    message.destroy();
  }
}
