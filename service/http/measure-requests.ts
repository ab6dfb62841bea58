import type { Next } from 'koa';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { ChatContext } from './context.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A request from here on is slow, in seconds: the bound of a bucket of http_request_duration_seconds. */
const SLOW = 1;

/** A request that was answered. */
export type AnsweredRequest = {
  readonly method: string;
  /** The template of its route, else "unmatched". */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestId: string;
};

/** What a meter tells. */
export type RequestMeterParts = {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly logRequests: 'notable' | 'all';
  readonly tracing?: Tracing | undefined;
};

/**
 * Counts each request that was answered, with the time it took, and logs it in one line: at level info where it failed (5xx) or
 * was slow or all are wanted, else at level debug. A line has the template of the route, never a path, a query or anything else
 * that a caller chose.
 */
export class RequestMeter {
  readonly #parts: RequestMeterParts;
  readonly #series = new Map<string, { observe(seconds: number): void }>();

  constructor(parts: RequestMeterParts) {
    this.#parts = parts;
  }

  record(request: AnsweredRequest): void {
    const { metrics, logger, logRequests, tracing } = this.#parts;
    const { method, route, status, seconds, requestId } = request;
    const traceId = tracing?.keptTraceId();
    if (traceId === undefined) this.#seriesOf(request).observe(seconds);
    else metrics.requestDuration.observe({ labels: { method, route, status }, value: seconds, ...exemplarOf(traceId) });
    tracing?.nameRequest(method, route, requestId);
    const level = logRequests === 'all' || status >= 500 || seconds >= SLOW ? 'info' : 'debug';
    if (logger.isLevelEnabled(level)) logger[level]({ ...request, traceId: tracing?.traceId() }, 'answered');
  }

  #seriesOf({ method, route, status }: AnsweredRequest): { observe(seconds: number): void } {
    const key = `${method} ${route} ${status}`;
    const known = this.#series.get(key);
    if (known) return known;
    const series = this.#parts.metrics.requestDuration.labels({ method, route, status });
    this.#series.set(key, series);
    return series;
  }
}

/** Under the name that Grafana and the exemplars of other programs have. */
const exemplarOf = (traceId: string): { exemplarLabels: Record<string, string> } => ({
  exemplarLabels: { trace_id: traceId },
});

/**
 * Measures each request until its answer is handed to the socket.
 * Labels are bounded: the template of the route, else "unmatched"; a method of the list, else "other".
 */
export function measureRequests(meter: RequestMeter) {
  return async (context: ChatContext, next: Next): Promise<void> => {
    const start = performance.now();
    await next();
    const seconds = (performance.now() - start) / 1_000;
    const method = METHODS.has(context.method) ? context.method : 'other';
    const route = typeof context._matchedRoute === 'string' ? context._matchedRoute : 'unmatched';
    meter.record({ method, route, status: context.status, seconds, requestId: context.state.requestId });
  };
}
