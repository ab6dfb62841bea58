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
import { readParticipantIds } from './data/participants.ts';
import { findDue, trimHistory } from './data/trim-history.ts';
import { buildApp } from './http/app.ts';
import { ConnectionBound } from './http/connection-bound.ts';
import { buildHistoryLane } from './http/lane/history-lane.ts';
import { RequestMeter } from './http/measure-requests.ts';
import { CLIENT_FOLDER, findAssets } from './http/page/assets.ts';
import { closeServer, createBoundedServer, listen } from './http/server.ts';
import { createIdentity } from './identity/identity.ts';
import { countRefusals } from './limits/count-refusals.ts';
import { createLimiter } from './limits/limiter.ts';
import { Readiness } from './readiness.ts';
import { Announcer } from './realtime/announcer.ts';
import { readCatchUp, readVersions } from './realtime/catch-up.ts';
import { OutboxRelay } from './realtime/outbox-relay.ts';
import { createRealtime } from './realtime/realtime.ts';
import { RetentionJob } from './retention/retention-job.ts';
import { type ShutdownPatience, takeSteps } from './shutdown.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { createMetricsServer } from './telemetry/metrics-server.ts';
import { combineObservers } from './telemetry/operation-observer.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** A running service. */
export type Service = {
  readonly port: number;
  readonly metricsPort: number;
  /** Resolves when readiness is first reached; never, when it is not. */
  readonly whenReady: Promise<void>;
  /**
   * Drains and ends, with the patience of the configuration unless told; answers whether every request under way could finish.
   * Called again, it answers the same end.
   */
  stop(patience?: ShutdownPatience): Promise<boolean>;
};

/** How long a replica with a cache may serve an outdated page, as far as one without knows, in milliseconds. */
const USUAL_STALENESS = 120_000;

/** Stands between the cache and Postgres, for tests that need to hold a reader there. */
export type SourceWrapper = (source: PageSource) => PageSource;

/**
 * Starts a service and resolves when it listens. Postgres and Redis may appear later: readiness tells.
 * Stopping is: readiness 503, wait for the balancer to see it, stop accepting, finish what is under way, flush, close the pools.
 */
export async function startService(
  config: ServiceConfig,
  logger: Logger,
  wrapSource: SourceWrapper = (source) => source,
): Promise<Service> {
  const warn = (message: string) => logger.warn(message);
  const tracing = await openTracing(config, warn);
  const metrics: Metrics = createMetrics(() => database.observePool(), tracing !== undefined);
  const database = openDatabase(config.database, warn, {
    observeAcquire: metrics.database.observeAcquire,
    observeStatement: combineObservers(metrics.database.observeStatement, tracing?.observeStatement),
  });
  const counters = new CacheCounters(metrics);
  const origin = createNonce();
  const observeCommand = combineObservers(metrics.redis.observeCommand, tracing?.observeCommand);
  const redis = config.redis && new RedisConnection(config.redis, warn, observeCommand);
  const cache = config.cache && redis && new HistoryCache(redis, config.cache, counters, origin);
  const stream = config.redis && new EventStream(config.redis);
  const local = config.cache && stream && openLocalPages(config.cache.localBytes, stream);
  metrics.observers.pendingInvalidations = () => cache?.pendingInvalidations ?? 0;
  metrics.observers.redisAvailable = () => redis?.isAvailable;
  metrics.observers.localBytes = () => local?.bytes ?? 0;
  metrics.observers.isStreamHealthy = () => stream?.isHealthy ?? false;
  const stopSampling = cache && redis ? startEvictionSampler(redis, counters) : () => undefined;
  const readiness = new Readiness(() => database.isSchemaCurrent(), warn);

  const messages = new MessageRepository(database.orm);
  const outbox = new Outbox(database.orm);
  const publisher = cache ?? (redis && new EventPublisher(redis, origin));
  const announcer = new Announcer(
    publisher,
    outbox,
    tracing && ((announce) => tracing.tracePublishing('chat:events', announce)),
  );
  const relay = new OutboxRelay({
    outbox,
    announce: (change) => announcer.relay(change),
    canAnnounce: () => redis?.isAvailable === true,
    expiry: cache?.longestStaleness ?? USUAL_STALENESS,
    countRelayed: (changes) => metrics.relayedChanges.inc(changes),
    warn,
  });
  metrics.observers.outboxOldestSeconds = () => relay.oldestSeconds;
  const retention = new RetentionJob({
    interval: config.retentionIntervalSeconds * 1_000,
    findDue: (after, now) => findDue(database.orm, after, now),
    trim: (conversationId, now) => trimHistory(database.orm, conversationId, now),
    announce: (change) => announcer.announce(change),
    tellTrimmed: ({ messages, conversations }) => {
      metrics.trimmedMessages.inc(messages);
      logger.info({ messages, conversations }, 'deleted messages that are older than they are kept');
    },
    warn,
  });
  void readiness.reached.then(() => {
    relay.start();
    retention.start();
  });
  const history = new HistoryReader(
    wrapSource((address) => messages.readPage(address)),
    { local, shared: cache },
    counters,
  );
  announcer.onChangeTwice((change) => history.outdate(change));
  announcer.onAnnounced((change) => history.readAnew(change));
  const lane = {
    history,
    identity: createIdentity(config.identity, { tell: warn }),
    limiter: countRefusals(createLimiter(config.limits, redis), (limit) => metrics.limitRefusals.inc({ limit })),
    meter: new RequestMeter({ metrics, logger, logRequests: config.telemetry.logRequests, tracing }),
    isDraining: () => readiness.isDraining,
  };
  const bound = new ConnectionBound(config.maxConnections, () => metrics.refusedConnections.inc());
  metrics.observers.connections = () => bound.open;
  const { orm } = database;
  const conversations = new ConversationRepository(orm);
  const realtime = createRealtime({
    ...lane,
    config: config.realtime,
    announcer,
    redis,
    stream,
    origin,
    readCatchUp: (id, from) => readCatchUp(orm, id, from),
    readVersions: (ids) => readVersions(orm, ids),
    markRead: (id, userId, seq) => conversations.markRead(id, userId, seq),
    registry: metrics.registry,
    logger,
    refusesSocket: (request) => bound.refusesSocket(request),
  });
  const app = buildApp({
    ...lane,
    ...realtime,
    messages,
    announcer,
    readParticipantIds: (id, userId) => readParticipantIds(orm, id, userId),
    conversations,
    health: {
      isReady: () => readiness.isReady,
      isDatabaseHealthy: () =>
        database.ping().then(
          () => true,
          () => false,
        ),
      refusedWrites: () => database.refusedWrites(),
      observeCache: async () => {
        if (!cache || !redis) return undefined;
        const healthy = await redis.isHealthy();
        if (healthy) await sampleEvictions(redis, counters);
        return { healthy, metrics: counters.read() };
      },
    },
    page: config.servesPage ? findAssets(CLIENT_FOLDER) : undefined,
    logger,
    traceId: () => tracing?.traceId(),
    nodeEnv: config.nodeEnv,
  });
  const listener = bound.guard(local ? buildHistoryLane(lane, app.callback()) : app.callback());
  const server = createBoundedServer(tracing ? tracing.traceRequests(listener) : listener);
  bound.attach(server);
  realtime.attach(server);
  const metricsServer = createMetricsServer(metrics.registry);

  // The order in which nothing that is still needed goes: callers, then what was done for them, then what it stands on.
  const closeAll = async (graceMs: number) => {
    readiness.beginDrain();
    await realtime.close();
    const isClean = await closeServer(server, graceMs);
    stopSampling();
    await takeSteps(
      [
        { name: 'ending the deletion of old messages', patienceMs: 500, run: () => retention.stop() },
        { name: 'ending the relay of the outbox', patienceMs: 500, run: () => relay.stop() },
        { name: 'bringing invalidations to Redis', patienceMs: 500, run: () => cache?.close() },
        { name: 'deleting what was announced from the outbox', patienceMs: 1_000, run: () => outbox.flush() },
        { name: 'closing the connections to Postgres', patienceMs: 1_200, run: () => database.close(1_000) },
        { name: 'leaving Redis', patienceMs: 100, run: () => [stream?.close(), redis?.close()] },
        { name: 'sending the last traces', patienceMs: 1_000, run: () => tracing?.close(900) },
        // Last: the drain can be watched to its end.
        { name: 'closing the metrics port', patienceMs: 500, run: () => closeServer(metricsServer, 400) },
      ],
      warn,
    );
    return isClean;
  };
  const stop = async ({ delaySeconds, graceSeconds }: ShutdownPatience) => {
    const hasServed = readiness.isReady;
    readiness.beginDrain();
    logger.info({ delaySeconds, graceSeconds }, 'draining');
    const delay = hasServed ? delaySeconds * 1_000 : 0;
    await Promise.all([sleep(delay), delay > 0 && realtime.drain(delay)]);
    return closeAll(graceSeconds * 1_000);
  };
  try {
    const metricsPort = await listen(metricsServer, config.metricsPort, config.host);
    const port = await listen(server, config.port, config.host);
    let stopping: Promise<boolean> | undefined;
    return {
      port,
      metricsPort,
      whenReady: readiness.reached,
      stop: (patience = { delaySeconds: config.shutdownDelaySeconds, graceSeconds: config.shutdownGraceSeconds }) => {
        stopping ??= stop(patience);
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

/** Traces where they are wanted; nothing of OpenTelemetry is loaded where not. */
async function openTracing(config: ServiceConfig, warn: (message: string) => void): Promise<Tracing | undefined> {
  if (!config.telemetry.tracing) return undefined;
  const { startTracing } = await import('./telemetry/open-telemetry.ts');
  return startTracing(config.telemetry.tracing, { database: config.database, redisUrl: config.redis?.url }, warn);
}
