import { CLIENT_KINDS, type ClientKind, type SentRequest } from './sent-request.ts';

/** What the clients of one kind saw from the beginning of a fault on. */
export type SeenByClients = { readonly requests: number; readonly failed: number };

/** What all clients saw of a fault. Seconds from the beginning of the fault, unless told. */
export type Measurement = {
  readonly seen: Readonly<Record<ClientKind, SeenByClients>>;
  /** How often each error came, by its name. */
  readonly errors: Readonly<Record<string, number>>;
  /** When the first error came; absent without errors. */
  readonly firstError?: number;
  /** When the last error came; absent without errors. */
  readonly lastError?: number;
  /** How long the slowest request took, waits between tries included, in seconds. */
  readonly longest: number;
};

/** Answered requests per second in a span of time (milliseconds). */
export function rateOf(requests: readonly SentRequest[], from: number, until: number): number {
  const answered = requests.filter(({ end, error }) => isWithin(end, from, until) && error === undefined);
  return (answered.length * 1000) / (until - from);
}

/** How many requests failed in a span of time (milliseconds). */
export function failuresOf(requests: readonly SentRequest[], from: number, until: number): number {
  return requests.filter(({ end, error }) => isWithin(end, from, until) && error !== undefined).length;
}

/**
 * Whether nothing is left of a fault: in the last `milliseconds` before `now` no request failed, those that began before were all
 * answered, and so many were as `leastRate` (per second) asks for.
 */
export function isCalm(
  requests: readonly SentRequest[],
  leastRate: number,
  now: number,
  milliseconds: number,
): boolean {
  const since = now - milliseconds;
  const isStuck = requests.some(({ start, end }) => end === undefined && start < since);
  return !isStuck && failuresOf(requests, since, now) === 0 && rateOf(requests, since, now) >= leastRate;
}

/** What clients saw of all requests that were not over when the fault began. */
export function measure(requests: readonly SentRequest[], injectedAt: number): Measurement {
  const touched = requests.filter(({ end = Number.POSITIVE_INFINITY }) => end >= injectedAt);
  const failed = touched.filter(({ error }) => error !== undefined);
  const errors: Record<string, number> = {};
  for (const { error = '' } of failed) errors[error] = (errors[error] ?? 0) + 1;
  const ends = failed.map(({ end = injectedAt }) => (end - injectedAt) / 1000).sort((one, other) => one - other);
  const [firstError, lastError] = [ends[0], ends.at(-1)];
  const count = (client: ClientKind): SeenByClients => {
    const isOwn = (request: SentRequest) => request.client === client;
    return { requests: touched.filter(isOwn).length, failed: failed.filter(isOwn).length };
  };
  const seen = Object.fromEntries(CLIENT_KINDS.map((client) => [client, count(client)]));
  const longest = touched.reduce((most, { start, end = start }) => Math.max(most, end - start), 0) / 1000;
  const span = firstError === undefined || lastError === undefined ? {} : { firstError, lastError };
  return { seen: seen as Record<ClientKind, SeenByClients>, errors, ...span, longest };
}

function isWithin(time: number | undefined, from: number, until: number): boolean {
  return time !== undefined && time >= from && time < until;
}
