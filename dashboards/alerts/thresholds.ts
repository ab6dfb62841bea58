/** Where alerts begin. Shares are between 0 and 1. How long each must last is the alert's own, see the index of the runbooks. */
export interface Thresholds {
  /** Failed or slow requests below which no budget is called burning: in the longer window of the alert. */
  readonly leastBadRequests: number;
  /** p99 of the delay of a service's event loop. */
  readonly eventLoopDelaySeconds: number;
  /** Age of a committed change that was announced to nobody. */
  readonly outboxAgeSeconds: number;
  /** Share of history reads that a cache answers. */
  readonly cacheHitRatio: number;
  /** Reads of history a second from which the hit ratio is judged. */
  readonly leastCacheReadsPerSecond: number;
  /** Longest wait of a client for a server connection of a pooler. */
  readonly queueWaitSeconds: number;
  /** Mean wait of a client for a server connection of a pooler. */
  readonly meanQueueWaitSeconds: number;
  /** Waiting clients of a pooler, as a multiple of its pool. */
  readonly waitingClientsPerPool: number;
  readonly poolUseWarning: number;
  readonly poolUseCritical: number;
  /** Clients of a pooler, as a share of its `max_client_conn`. */
  readonly clientUse: number;
  /** Cores that a pooler uses: it has one thread. */
  readonly poolerCores: number;
  /** Connections to Postgres, as a share of those that ordinary users may open. */
  readonly connectionUseWarning: number;
  readonly connectionUseCritical: number;
  readonly transactionSeconds: number;
  /** Deadlocks within 15 minutes. */
  readonly deadlocks: number;
  /** Share of blocks that Postgres finds in its own memory. */
  readonly blockHitRatio: number;
  /** Blocks that Postgres reads from the system a second, from which the hit ratio is judged. */
  readonly leastBlockReadsPerSecond: number;
  readonly meanStatementSeconds: number;
  readonly volumeUseWarning: number;
  readonly volumeUseCritical: number;
  readonly redisMemoryUse: number;
  /** Clients of Redis, as a share of its `maxclients`. */
  readonly redisClientUse: number;
  /** Keys that Redis evicts a second. */
  readonly evictionsPerSecond: number;
  /** Restarts within 30 minutes. */
  readonly restarts: number;
  /** Age of the last backup, as a multiple of the time between two. */
  readonly backupAgeSchedules: number;
  /** Time that a certificate has left, as a share of the time before its end at which it should have been renewed. */
  readonly certificateRenewalWarning: number;
  readonly certificateRenewalCritical: number;
  /** How long a stack may be not Ready, in seconds. */
  readonly notReadySeconds: number;
  /** How long a stack may be on its way to what was asked for, in seconds. */
  readonly progressingSeconds: number;
  /** Share of reconciles that end in an error. */
  readonly reconcileErrorRatio: number;
  /** How long one reconcile may take, in seconds. */
  readonly reconcileSeconds: number;
}

/** The thresholds of a stack whose author sets none. */
export const defaultThresholds: Thresholds = {
  leastBadRequests: 10,
  eventLoopDelaySeconds: 0.2,
  outboxAgeSeconds: 10,
  cacheHitRatio: 0.6,
  leastCacheReadsPerSecond: 1,
  queueWaitSeconds: 0.5,
  meanQueueWaitSeconds: 0.5,
  waitingClientsPerPool: 1,
  poolUseWarning: 0.8,
  poolUseCritical: 0.9,
  clientUse: 0.8,
  poolerCores: 0.8,
  connectionUseWarning: 0.8,
  connectionUseCritical: 0.95,
  transactionSeconds: 300,
  deadlocks: 3,
  blockHitRatio: 0.98,
  leastBlockReadsPerSecond: 100,
  meanStatementSeconds: 0.1,
  volumeUseWarning: 0.8,
  volumeUseCritical: 0.9,
  redisMemoryUse: 0.9,
  redisClientUse: 0.8,
  evictionsPerSecond: 10,
  restarts: 3,
  backupAgeSchedules: 1.5,
  certificateRenewalWarning: 0.5,
  certificateRenewalCritical: 0.1,
  notReadySeconds: 900,
  progressingSeconds: 1800,
  reconcileErrorRatio: 0.1,
  reconcileSeconds: 300,
};
