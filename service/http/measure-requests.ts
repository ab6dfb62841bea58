import type { Next } from 'koa';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ChatContext } from './context.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A request that was answered. */
export type AnsweredRequest = {
  readonly method: string;
  /** The template of its route, else "unmatched". */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestId: string;
};

/** Counts each request that was answered, with the time it took, and logs it at level debug. */
export class RequestMeter {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #series = new Map<string, { observe(seconds: number): void }>();

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  record(request: AnsweredRequest): void {
    const { method, route, status, seconds } = request;
    const key = `${method} ${route} ${status}`;
    let series = this.#series.get(key);
    if (!series) {
      series = this.#metrics.requestDuration.labels({ method, route, status });
      this.#series.set(key, series);
    }
    series.observe(seconds);
    if (this.#logger.isLevelEnabled('debug')) this.#logger.debug(request, 'answered');
  }
}

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
