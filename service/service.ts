import { setTimeout as sleep } from 'node:timers/promises';
import { CacheCounters } from './cache/cache-counters.ts';
import { EventPublisher } from './cache/event-publisher.ts';
import { EventStream } from './cache/event-stream.ts';
import { sampleEvictions, startEvictionSampler } from './cache/eviction-sampler.ts';
import { createNonce, HistoryCache } from './cache/history-cache.ts';
import { HistoryReader, type PageSource } from './cache/history-reader.ts';
import { LocalPages } from './cache/local-pages.ts';
import { RedisConnection } from './cache/redis-connection.ts';
import type { ServiceConfig } from './config/config.ts';
import { ConversationRepository } from './data/conversation-repository.ts';
import { openDatabase } from './data/database.ts';
import { MessageRepository } from './data/message-repository.ts';
import { Outbox } from './data/outbox.ts';
import { buildApp } from './http/app.ts';
import { buildHistoryLane } from './http/lane/history-lane.ts';
import { RequestMeter } from './http/measure-requests.ts';
import { closeServer, createBoundedServer, listen } from './http/server.ts';
import { createIdentity } from './identity/identity.ts';
import { createLimiter } from './limits/limiter.ts';
import { Readiness } from './readiness.ts';
import { Announcer } from './realtime/announcer.ts';
import { OutboxRelay } from './realtime/outbox-relay.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createMetricsServer } from './telemetry/metrics-server.ts';

/** A running service. */
export type Service = {
  readonly port: number;
  readonly metricsPort: number;
  /** Resolves when readiness is first reached; never, when it is not. */
  readonly whenReady: Promise<void>;
  /** Drains and ends; answers whether every request under way could finish. Safe to call twice. */
  stop(): Promise<boolean>;
};

/** How long a replica with a cache may serve an outdated page, as far as one without knows, in milliseconds. */
const USUAL_STALENESS = 120_000;

/** Stands between the cache and Postgres, for tests that need to hold a reader there. */
export type SourceWrapper = (source: PageSource) => PageSource;

/**
 * Starts a service and resolves when it listens. Postgres and Redis may appear later: readiness tells.
 * Stopping is: readiness 503, wait for the balancer to see it, stop accepting, finish what is under way, close the pools.
 */
export async function startService(
  config: ServiceConfig,
  logger: Logger,
  wrapSource: SourceWrapper = (source) => source,
): Promise<Service> {
  const warn = (message: string) => logger.warn(message);
  const database = openDatabase(config.database, warn);
  const metrics = createMetrics(() => database.observePool());
  const counters = new CacheCounters(metrics);
  const origin = createNonce();
  const redis = config.redis && new RedisConnection(config.redis, warn);
  const cache = config.cache && redis && new HistoryCache(redis, config.cache, counters, origin);
  const stream = config.redis && new EventStream(config.redis);
  const local = config.cache && stream && openLocalPages(config.cache.localBytes, stream);
  metrics.observers.pendingInvalidations = () => cache?.pendingInvalidations ?? 0;
  metrics.observers.localBytes = () => local?.bytes ?? 0;
  metrics.observers.isStreamHealthy = () => stream?.isHealthy ?? false;
  const stopSampling = cache && redis ? startEvictionSampler(redis, counters) : () => undefined;
  const readiness = new Readiness(() => database.isSchemaCurrent(), warn);

  const messages = new MessageRepository(database.orm);
  const outbox = new Outbox(database.orm);
  const announcer = new Announcer(cache ?? (redis && new EventPublisher(redis, origin)), outbox);
  const relay = new OutboxRelay({
    outbox,
    announce: (change) => announcer.relay(change),
    canAnnounce: () => redis?.isAvailable === true,
    expiry: cache?.longestStaleness ?? USUAL_STALENESS,
    countRelayed: (changes) => metrics.relayedChanges.inc(changes),
    warn,
  });
  metrics.observers.outboxOldestSeconds = () => relay.oldestSeconds;
  void readiness.reached.then(() => relay.start());
  if (local) announcer.onChangeTwice(({ conversationId, version }) => local.invalidate(conversationId, version));
  const history = new HistoryReader(
    wrapSource((address) => messages.readPage(address)),
    { local, shared: cache },
    counters,
  );
  const lane = {
    history,
    identity: createIdentity(config.identity, { tell: warn }),
    limiter: createLimiter(config.limits, redis),
    meter: new RequestMeter(metrics, logger),
    isDraining: () => readiness.isDraining,
  };
  const app = buildApp({
    ...lane,
    messages,
    announcer,
    conversations: new ConversationRepository(database.orm),
    health: {
      isReady: () => readiness.isReady,
      isDatabaseHealthy: () =>
        database.ping().then(
          () => true,
          () => false,
        ),
      observeCache: async () => {
        if (!cache || !redis) return undefined;
        const healthy = await redis.isHealthy();
        if (healthy) await sampleEvictions(redis, counters);
        return { healthy, metrics: counters.read() };
      },
    },
    logger,
    nodeEnv: config.nodeEnv,
  });
  const server = createBoundedServer(local ? buildHistoryLane(lane, app.callback()) : app.callback());
  const metricsServer = createMetricsServer(metrics.registry);

  const closeAll = async (graceMs: number) => {
    readiness.beginDrain();
    const deadline = performance.now() + graceMs;
    const isClean = await closeServer(server, graceMs);
    stopSampling();
    await relay.stop();
    await cache?.close();
    stream?.close();
    redis?.close();
    await outbox.flush();
    await database.close(Math.max(deadline - performance.now(), 100));
    await closeServer(metricsServer, 1_000); // last: the drain can be watched to its end
    return isClean;
  };
  const stop = async () => {
    readiness.beginDrain();
    logger.info({ delaySeconds: config.shutdownDelaySeconds }, 'draining');
    await sleep(config.shutdownDelaySeconds * 1_000);
    return closeAll(config.shutdownGraceSeconds * 1_000);
  };
  try {
    const metricsPort = await listen(metricsServer, config.metricsPort, config.host);
    const port = await listen(server, config.port, config.host);
    let stopping: Promise<boolean> | undefined;
    return {
      port,
      metricsPort,
      whenReady: readiness.reached,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}

/** The pages within this process, valid as long as its stream of events is. */
function openLocalPages(maxBytes: number, stream: EventStream): LocalPages | undefined {
  if (maxBytes === 0) return undefined;
  const local = new LocalPages({ maxBytes, isStreamHealthy: () => stream.isHealthy });
  stream.listen({
    onEvent: ({ conversationId, version }) => local.invalidate(conversationId, version),
    onLapse: () => local.clear(),
    onRecovered: () => undefined,
  });
  return local;
}
