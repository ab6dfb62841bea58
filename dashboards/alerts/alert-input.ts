import type { LatencyBound } from './latency-bounds.ts';
import type { Thresholds } from './thresholds.ts';

/** What the service promises, as shares of requests. */
export interface Objectives {
  /** Share of requests that are not answered 5xx, below 1: 0.999 allows one failure in a thousand. */
  readonly availability: number;
  /** Within which time a request is answered in time, in seconds: a bound of the service's histogram. */
  readonly latencySeconds: LatencyBound;
  /** Share of requests that are answered in time, below 1. */
  readonly latencyShare: number;
}

/** Where alerts lead the reader. */
export interface AlertLinks {
  /** URL of the folder with the runbooks, without "/" at its end: the alert's name and ".md" follow. */
  readonly runbookBase: string;
  /** URL of Grafana, without "/" at its end; unset: alerts name no dashboard. */
  readonly grafana?: string | undefined;
}

/** Everything that the rules of one stack are made of: plain numbers of its plan, and names. */
export interface AlertInput {
  readonly namespace: string;
  /** Name of the ChatStack. */
  readonly stack: string;
  /** `max_connections` of Postgres. */
  readonly maxConnections: number;
  /** `superuser_reserved_connections` and `reserved_connections` together. */
  readonly reservedByPostgres: number;
  /** Server connections of one pooler. */
  readonly poolSize: number;
  /** What one pooler may open beyond `poolSize`. */
  readonly reservePoolSize: number;
  /** How many poolers there are. */
  readonly poolers: number;
  /** `max_client_conn` of one pooler. */
  readonly maxClientConnections: number;
  /** `maxmemory` of Redis; 0: unknown, or without a limit. */
  readonly redisMaxMemoryBytes: number;
  /** Processes of the service; with autoscaling the fewest there may be. */
  readonly serviceReplicas: number;
  /** How often targets are scraped: rates are taken over four scrapes at least. */
  readonly scrapeIntervalSeconds: number;
  /** False where the service connects to Postgres itself. */
  readonly hasPoolers: boolean;
  readonly hasRedis: boolean;
  /** False where postgres_exporter, redis_exporter and pgbouncer_exporter do not run. */
  readonly hasExporters: boolean;
  /** False where no operator looks after the stack, as in Docker Compose. */
  readonly hasOperator: boolean;
  readonly hasBackups: boolean;
  /** Time between two backups; 0 without backups. */
  readonly backupScheduleSeconds: number;
  readonly hasTls: boolean;
  /** How long before its end a certificate is renewed; 0 without TLS. */
  readonly certificateRenewBeforeSeconds: number;
  readonly slo: Objectives;
  /** Thresholds that the author of the stack has set; the others are `defaultThresholds`. */
  readonly thresholds?: Partial<Thresholds> | undefined;
  readonly links: AlertLinks;
}

/** What the rules on the operator as a whole are made of: they are wanted once, however many stacks there are. */
export interface OperatorAlertInput {
  readonly thresholds?: Partial<Thresholds> | undefined;
  readonly links: AlertLinks;
}

/** The objectives of a stack that states none. */
export const defaultObjectives: Objectives = { availability: 0.999, latencySeconds: 0.25, latencyShare: 0.99 };
