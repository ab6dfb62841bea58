import type { IncomingMessage } from 'node:http';
import { ApiError, ConnectionError } from './api-error.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import { readLines, readText, sendRequest } from './http-request.ts';
import type { RuntimeMetrics } from './metrics.ts';
import type { KubernetesObject } from './object.ts';

/** How a client talks. */
export interface ClientOptions {
  connection: ClusterConnection;
  /** One stable name: it is how server-side apply knows our fields. */
  fieldManager: string;
  /** Writes are only tried: the server checks them, answers what they would have made, and keeps nothing. */
  dryRun?: boolean;
  metrics?: RuntimeMetrics;
  /** Longest time for a whole answer (default 30 s); watches have limits of their own. */
  timeoutMilliseconds?: number;
  clock?: Clock;
}

/** How often a request that the server puts off (429, 503 with Retry-After) is sent again. */
const repetitions = 4;
/** A longer Retry-After is the caller's to wait for. */
const longestRetryAfterMilliseconds = 10_000;

/** One request to the API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: object;
  contentType?: string;
  signal?: AbortSignal;
}

/** Requests to one API server, with its ways of saying no. */
export interface ApiRequests {
  /** The object of the answer; ApiError, ConnectionError. Waits for, and repeats, what the server puts off. */
  request(call: Call): Promise<KubernetesObject>;
  /** The JSON lines of the answer; ConnectionError when it is silent for too long. */
  stream(call: Call, signal: AbortSignal, idleMilliseconds: number): AsyncGenerator<Record<string, unknown>>;
}

/** Builds requests that go over a connection. */
export function createApiRequests(options: ClientOptions): ApiRequests {
  const {
    connection,
    fieldManager,
    dryRun = false,
    metrics,
    timeoutMilliseconds = 30_000,
    clock = systemClock,
  } = options;

  /** Sends once (twice after a 401, with fresh credentials); the answer may be any status. */
  async function send(call: Call, refused = false): Promise<IncomingMessage> {
    const { agent, headers } = await connection.credentials(refused);
    const base = connection.server.pathname.replace(/\/$/, '');
    const query = { ...call.query, ...(dryRun && call.method !== 'GET' ? { dryRun: 'All' } : {}) };
    const url = new URL(`${base}${call.path}?${new URLSearchParams(query)}`, connection.server);
    try {
      const answer = await sendRequest({
        url,
        method: call.method,
        headers: {
          accept: 'application/json',
          'user-agent': fieldManager,
          ...(call.body && { 'content-type': call.contentType ?? 'application/json' }),
          ...headers,
        },
        agent,
        ...(call.body && { body: JSON.stringify(call.body) }),
        ...(call.signal && { signal: call.signal }),
      });
      metrics?.countRequest(call.method, String(answer.statusCode));
      if (answer.statusCode === 401 && !refused) {
        answer.resume();
        return send(call, true);
      }
      return answer;
    } catch (error) {
      metrics?.countRequest(call.method, '<error>');
      throw error;
    }
  }

  /** Sends, repeats while the server puts it off, and gives the object of the answer. */
  async function request(call: Call, attempt = 0): Promise<KubernetesObject> {
    const abort = new AbortController();
    const cancel = clock.schedule(timeoutMilliseconds, () =>
      abort.abort(new Error(`expected an answer within ${timeoutMilliseconds} ms, found none`)),
    );
    try {
      const answer = await send({ ...call, signal: abort.signal });
      const text = await readText(answer, abort.signal);
      if (isSuccess(answer)) {
        return parse(text, call) as KubernetesObject;
      }
      const error = readError(answer, text, call);
      if (!isPutOff(error) || attempt >= repetitions) {
        throw error;
      }
      cancel();
      await pause(clock, error.retryAfterMilliseconds ?? 1000);
    } finally {
      cancel();
    }
    return request(call, attempt + 1);
  }

  /** Aborts when the signal does, or when the answer's head takes longer than the silence that is allowed. */
  async function open(call: Call, signal: AbortSignal, milliseconds: number): Promise<IncomingMessage> {
    const late = new AbortController();
    const cancel = clock.schedule(milliseconds, () =>
      late.abort(new Error(`expected an answer within ${milliseconds} ms, found none`)),
    );
    try {
      return await send({ ...call, signal: AbortSignal.any([signal, late.signal]) });
    } finally {
      cancel();
    }
  }

  async function* stream(call: Call, signal: AbortSignal, idleMilliseconds: number) {
    const answer = await open(call, signal, idleMilliseconds);
    if (!isSuccess(answer)) {
      throw readError(answer, await readText(answer), call);
    }
    for await (const line of readLines(answer, { clock, idleMilliseconds })) {
      yield parse(line, call);
    }
  }

  return { request: (call) => request(call), stream };
}

function isSuccess(answer: IncomingMessage): boolean {
  return answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300;
}

function isPutOff(error: ApiError): boolean {
  const after = error.retryAfterMilliseconds;
  const asked = error.status === 429 || (error.status >= 500 && after !== undefined);
  return asked && (after ?? 0) <= longestRetryAfterMilliseconds;
}

function parse(text: string, call: Call): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new ConnectionError(`${call.method} ${call.path}: expected JSON, found ${text.slice(0, 100)}`, error);
  }
}

function readError(answer: IncomingMessage, text: string, call: Call): ApiError {
  const seconds = Number(answer.headers['retry-after']);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
  const isJson = answer.headers['content-type']?.startsWith('application/json') ?? false;
  const status = isJson ? parse(text, call) : { message: text.trim() };
  return readStatus(answer.statusCode ?? 0, status, call, retryAfter);
}

/** The error in a Status object. */
export function readStatus(code: number, status: Record<string, unknown>, call: Call, retryAfter?: number): ApiError {
  const message = `${call.method} ${call.path}: ${code} ${String(status.message ?? '')}`;
  return new ApiError(code, String(status.reason ?? ''), message, retryAfter);
}
