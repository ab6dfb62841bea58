import type { Next } from 'koa';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ChatContext } from './context.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Measures each request until its answer is handed to the socket, and logs it at level debug.
 * Labels are bounded: the template of the route, else "unmatched"; a method of the list, else "other".
 */
export function measureRequests(metrics: Metrics, logger: Logger) {
  const series = new Map<string, { observe(seconds: number): void }>();
  const findSeries = (method: string, route: string, status: number) => {
    const key = `${method} ${route} ${status}`;
    let found = series.get(key);
    if (!found) {
      found = metrics.requestDuration.labels({ method, route, status });
      series.set(key, found);
    }
    return found;
  };
  return async (context: ChatContext, next: Next): Promise<void> => {
    const start = performance.now();
    await next();
    const seconds = (performance.now() - start) / 1_000;
    const method = METHODS.has(context.method) ? context.method : 'other';
    const route = typeof context._matchedRoute === 'string' ? context._matchedRoute : 'unmatched';
    findSeries(method, route, context.status).observe(seconds);
    if (logger.isLevelEnabled('debug')) {
      logger.debug({ requestId: context.state.requestId, method, route, status: context.status, seconds }, 'answered');
    }
  };
}
