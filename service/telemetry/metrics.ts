import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createDatabaseMetrics, type PoolState } from './database-metrics.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createRedisMetrics } from './redis-metrics.ts';

// Bounds lie on the values that service level objectives are stated in: 50 ms, 100 ms, 250 ms, 500 ms, 1 s, 2.5 s.
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is asked at each scrape; set by whoever knows it. */
export type MetricObservers = {
  pendingInvalidations: () => number;
  outboxOldestSeconds: () => number;
  localBytes: () => number;
  connections: () => number;
  isStreamHealthy: () => boolean;
  /** Whether commands are sent to Redis; undefined where it is not used. */
  redisAvailable: () => boolean | undefined;
};

/** The Prometheus metrics of one service. Each service has a registry of its own, so that two can live in one process. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes the metrics; `observePool` is asked at each scrape. With exemplars the duration of a request can name its trace, and the text
 * is that of OpenMetrics, which alone has a place for them.
 */
export function createMetrics(observePool: () => PoolState, hasExemplars = false) {
  const registry = new Registry();
  if (hasExemplars) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never); // its type knows the other one alone
  const registers = [registry];
  collectDefaultMetrics({ register: registry }); // process_*, nodejs_eventloop_lag_*, nodejs_gc_*
  createProcessMetrics(registry);
  const requestDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer, in seconds. Route is the template, else "unmatched".',
    labelNames: ['method', 'route', 'status'],
    enableExemplars: hasExemplars,
    buckets: DURATION_BOUNDS,
    registers,
  });
  const cacheRequests = new Counter({
    name: 'cache_requests_total',
    help: 'Reads of a cache: hit, miss, bypass (not asked, to stay consistent), error (Redis away).',
    labelNames: ['cache', 'result'],
    registers,
  });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: ['cache'], registers });
  const cacheSets = counter('cache_sets_total', 'Pages stored in a cache.');
  const cacheInvalidations = counter(
    'cache_invalidations_total',
    'Times a send made the cached pages of its conversation unservable.',
  );
  const cacheEvictions = counter(
    'cache_evictions_total',
    'Keys that Redis evicted for lack of memory, of all its users, since it started.',
  );
  new Gauge({
    name: 'cache_pending_invalidations',
    help: 'Conversations whose invalidation has not reached Redis yet.',
    registers,
    collect() {
      this.set(observers.pendingInvalidations());
    },
  });
  const limitRefusals = new Counter({
    name: 'rate_limit_refusals_total',
    help: 'Requests and frames that were refused because their user had used up a budget, by the class of the budget.',
    labelNames: ['limit'],
    registers,
  });
  new Gauge({
    name: 'http_connections',
    help: 'Open connections of clients, WebSockets among them; those over MAX_CONNECTIONS are refused.',
    registers,
    collect() {
      this.set(observers.connections());
    },
  });
  const refusedConnections = new Counter({
    name: 'http_connections_refused_total',
    help: 'Requests, those for a WebSocket among them, that were answered 503, and connections that were closed, because there were MAX_CONNECTIONS already.',
    registers,
  });
  const trimmedMessages = new Counter({
    name: 'retention_deleted_messages_total',
    help: 'Messages that this process deleted because their conversation keeps them no longer.',
    registers,
  });
  const relayedChanges = new Counter({
    name: 'outbox_relayed_total',
    help: 'Changes that this process announced for one that had not: it died, or could not reach Redis.',
    registers,
  });
  new Gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest committed change that was not announced, as the last round of the relay left it; 0 when none is older than 1 s.',
    registers,
    collect() {
      this.set(observers.outboxOldestSeconds());
    },
  });
  new Gauge({
    name: 'cache_local_bytes',
    help: 'Bytes that pages within the process take.',
    registers,
    collect() {
      this.set(observers.localBytes());
    },
  });
  new Gauge({
    name: 'cache_stream_healthy',
    help: '1 while every event up to a moment ago is known to have arrived, so that pages within the process may be served.',
    registers,
    collect() {
      this.set(observers.isStreamHealthy() ? 1 : 0);
    },
  });
  const observers: MetricObservers = {
    pendingInvalidations: () => 0,
    outboxOldestSeconds: () => 0,
    localBytes: () => 0,
    connections: () => 0,
    isStreamHealthy: () => false,
    redisAvailable: () => undefined,
  };
  const database = createDatabaseMetrics(registry, observePool);
  const redis = createRedisMetrics(registry, () => observers.redisAvailable());
  return {
    registry,
    requestDuration,
    cacheRequests,
    cacheSets,
    cacheInvalidations,
    cacheEvictions,
    relayedChanges,
    limitRefusals,
    refusedConnections,
    trimmedMessages,
    observers,
    database,
    redis,
  };
}
