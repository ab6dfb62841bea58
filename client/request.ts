import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
import { readProblem } from './problem-document.ts';
import { type RetryPolicy, waitBeforeRetry } from './retry.ts';

/**
 * One request of the client, before it is sent. `path` begins with a slash and carries the query.
 * `acceptedStatus` is a status beside 2xx whose JSON is an answer: a health route tells bad news with 503.
 * `isRepeatable` says that the service carries out a POST once, however often it comes; a GET always is.
 */
export type ClientRequest = {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  acceptedStatus?: number;
  isRepeatable?: boolean;
};

/** Where requests go and how long they may take. `timeoutMs` is per try. */
export type RequestSettings = {
  baseUrl: string;
  timeoutMs: number;
  retry: RetryPolicy;
  signal?: AbortSignal;
};

/**
 * Sends a request, tries again where that is safe, and returns the parsed JSON of the answer.
 * Throws ProblemError (the service said no), UnreachableError (no answer) or UnexpectedAnswerError (not this service).
 */
export async function sendRequest(request: ClientRequest, settings: RequestSettings): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryOnce(request, settings);
    } catch (error) {
      const isRepeatable = request.isRepeatable ?? request.method === 'GET';
      const wait = waitBeforeRetry(error, attempt, isRepeatable, settings.retry);
      if (wait === undefined || settings.signal?.aborted) throw error;
      await delay(wait, undefined, settings.signal ? { signal: settings.signal } : {});
    }
  }
}

async function tryOnce(request: ClientRequest, settings: RequestSettings): Promise<unknown> {
  const name = `${request.method} ${settings.baseUrl}${request.path}`;
  const { response, body } = await exchange(name, request, settings);
  if (!response.ok && !(response.status === request.acceptedStatus && isJson(response))) {
    throw new ProblemError(name, readProblem(response.status, response.headers, body));
  }
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new UnexpectedAnswerError(
      `${name}: expected JSON, found ${response.headers.get('content-type') ?? 'no content type'}. ` +
        'Does another program listen at this address?',
      { cause },
    );
  }
}

async function exchange(name: string, request: ClientRequest, settings: RequestSettings) {
  const timeout = AbortSignal.timeout(settings.timeoutMs);
  try {
    const response = await fetch(`${settings.baseUrl}${request.path}`, {
      method: request.method,
      signal: settings.signal ? AbortSignal.any([timeout, settings.signal]) : timeout,
      headers: { accept: 'application/json', ...(request.body ? { 'content-type': 'application/json' } : {}) },
      ...(request.body ? { body: JSON.stringify(request.body) } : {}),
    });
    return { response, body: await response.text() };
  } catch (cause) {
    throw new UnreachableError(`${name}: ${describeFailure(cause, timeout.aborted, settings.timeoutMs)}`, { cause });
  }
}

function isJson(response: Response): boolean {
  return /[/+]json\b/.test(response.headers.get('content-type') ?? '');
}

/** Undici hides what went wrong ("fetch failed") in the cause, and several tried addresses in `errors` of the cause. */
function describeFailure(failure: unknown, timedOut: boolean, timeoutMs: number): string {
  if (timedOut) return `expected an answer within ${timeoutMs} ms, got none`;
  const { cause } = failure as { cause?: { message?: string; errors?: Error[] } };
  if (cause?.errors) return cause.errors.map(({ message }) => message).join(', ');
  return cause?.message ?? String(failure);
}
