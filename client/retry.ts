import { ProblemError, UnreachableError } from './errors.ts';

/** How often and how long one call may try again. Waits are in milliseconds. */
export type RetryPolicy = {
  /** Tries in all, the first one counted. */
  attempts: number;
  /** The longest single wait; a service that asks for more is taken at its word and not asked again. */
  longestWaitMs: number;
};

/** Five tries and no wait above 5 s: ten seconds in which Postgres or a pod starts again are bridged, an outage is reported. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, longestWaitMs: 5_000 };

/** The first wait after a try whose outcome is unknown; it doubles with every try. */
const FIRST_WAIT_MS = 100;

/**
 * Decides what follows a failed try: the milliseconds to wait before the next one, or undefined to give up.
 *
 * 503 and 429 with Retry-After say that asking again is welcome: every request is tried again. A request without an answer, or
 * with one of a proxy that got none (502, 503, 504), may have been carried out: it is repeated only where that changes
 * nothing, as for reads, and for sends with a clientMessageId. Nothing else is.
 */
export function waitBeforeRetry(
  error: unknown,
  attempt: number,
  isRepeatable: boolean,
  policy: RetryPolicy,
): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const wait = askedWait(error) ?? (isRepeatable && isUnknownOutcome(error) ? backOff(attempt) : undefined);
  return wait !== undefined && wait <= policy.longestWaitMs ? wait : undefined;
}

/** The statuses by which a proxy says that the service behind it gave no answer. */
const GATEWAY_STATUSES = [502, 503, 504];

function isUnknownOutcome(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof ProblemError && GATEWAY_STATUSES.includes(error.status);
}

function askedWait(error: unknown): number | undefined {
  if (!(error instanceof ProblemError) || ![429, 503].includes(error.status)) return undefined;
  return error.retryAfterSeconds === undefined ? undefined : error.retryAfterSeconds * 1000;
}

function backOff(attempt: number): number {
  return FIRST_WAIT_MS * 2 ** (attempt - 1);
}
