import { wait } from './clock.ts';
import { ProblemError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
import { readProblem } from './problem-document.ts';
import { type RetryPolicy, waitBeforeRetry } from './retry.ts';
import { readToken, type TokenSource } from './token.ts';

/**
 * One request of the client, before it is sent. `path` begins with a slash and carries the query.
 * `acceptedStatus` is a status beside 2xx whose JSON is an answer: a health route tells bad news with 503.
 * `isRepeatable` says that the service carries out a POST once, however often it comes; other methods always are: they say how
 * things shall be, not what shall happen.
 */
export type ClientRequest = {
  /** The operation of the OpenAPI document that this is. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
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
  token?: TokenSource;
  fetch?: typeof fetch;
  onAnswer?: (answered: Answered) => void;
  signal?: AbortSignal;
};

/** A call that was answered: which, after how many tries and milliseconds (waits between tries included), and with what. */
export type Answered = { operation: string; tries: number; milliseconds: number; answer: unknown };

/**
 * Sends a request, tries again where that is safe, and returns the parsed JSON of the answer; undefined where it has no body.
 * Throws ProblemError (the service said no), UnreachableError (no answer) or UnexpectedAnswerError (not this service).
 */
export async function sendRequest(request: ClientRequest, settings: RequestSettings): Promise<unknown> {
  const started = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await tryOnce(request, settings);
      const milliseconds = performance.now() - started;
      settings.onAnswer?.({ operation: request.operation, tries, milliseconds, answer });
      return answer;
    } catch (error) {
      const isRepeatable = request.isRepeatable ?? request.method !== 'POST';
      const before = isStaleToken(error, tries, settings.token)
        ? 0
        : waitBeforeRetry(error, tries, isRepeatable, settings.retry);
      if (before === undefined || settings.signal?.aborted) throw error;
      await wait(before, settings.signal);
    }
  }
}

/** A token may expire on its way: where another one can be had, it is tried, once. */
function isStaleToken(error: unknown, tries: number, token: TokenSource | undefined): boolean {
  return tries === 1 && typeof token === 'function' && error instanceof ProblemError && error.status === 401;
}

async function tryOnce(request: ClientRequest, settings: RequestSettings): Promise<unknown> {
  const name = `${request.method} ${settings.baseUrl}${request.path}`;
  const { response, body } = await exchange(name, request, settings);
  if (!response.ok && !(response.status === request.acceptedStatus && isJson(response))) {
    throw new ProblemError(name, readProblem(response.status, response.headers, body));
  }
  if (response.status === 204) return undefined;
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
  const token = await readToken(settings.token);
  const timeout = AbortSignal.timeout(settings.timeoutMs);
  const send = settings.fetch ?? fetch;
  try {
    const response = await send(`${settings.baseUrl}${request.path}`, {
      method: request.method,
      signal: settings.signal ? AbortSignal.any([timeout, settings.signal]) : timeout,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(request.body ? { 'content-type': 'application/json' } : {}),
      },
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
