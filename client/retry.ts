import { ProblemError, UnreachableError } from './errors.ts';

/** How often and how long one call may try again. Waits are in milliseconds. */
export type RetryPolicy = {
  /** Tries in all, the first one counted. */
  attempts: number;
  /** The longest single wait; a service that asks for more is taken at its word and not asked again. */
  longestWaitMs: number;
};

/** Three tries and no wait above 5 s: a restart of a pooler or of Postgres is bridged, an outage is reported. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, longestWaitMs: 5_000 };

/** The first wait of a read that got no answer; it doubles with every try. */
const FIRST_WAIT_MS = 100;

/**
 * Decides what follows a failed try: the milliseconds to wait before the next one, or undefined to give up.
 *
 * 503 with Retry-After means that nothing was done and that asking again is welcome: it is tried again for reads and
 * writes. A request without an answer may have been carried out: only reads are repeated. Nothing else is.
 */
export function waitBeforeRetry(
  error: unknown,
  attempt: number,
  isRead: boolean,
  policy: RetryPolicy,
): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const wait = askedWait(error) ?? (isRead && error instanceof UnreachableError ? backOff(attempt) : undefined);
  return wait !== undefined && wait <= policy.longestWaitMs ? wait : undefined;
}

function askedWait(error: unknown): number | undefined {
  if (!(error instanceof ProblemError) || error.status !== 503) return undefined;
  return error.retryAfterSeconds === undefined ? undefined : error.retryAfterSeconds * 1000;
}

function backOff(attempt: number): number {
  return FIRST_WAIT_MS * 2 ** (attempt - 1);
}
