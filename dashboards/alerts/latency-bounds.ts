/**
 * Bounds of the service's `http_request_duration_seconds`, in seconds: only at these is the share of requests in time known
 * exactly, so an objective is stated at one of them.
 */
export const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** One of `latencyBounds`. */
export type LatencyBound = (typeof latencyBounds)[number];

/**
 * The matcher of the bucket of a bound. Prometheus 3 stores a whole number as "1.0", older ones as the service writes it, "1".
 */
export const buildBucketMatcher = (bound: LatencyBound): string =>
  Number.isInteger(bound) ? `le=~"${bound}|${bound}[.]0"` : `le="${bound}"`;
