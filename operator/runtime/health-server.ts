import type { Log } from './log.ts';
import type { RuntimeMetrics } from './metrics.ts';

/** What the health server shows. */
export interface HealthServerOptions {
  /** 0 asks the system for a free port. */
  port: number;
  /** Default 0.0.0.0. */
  host?: string;
  metrics: RuntimeMetrics;
  /** Named checks of /readyz; each returns what is wrong, or null. */
  readiness: Readonly<Record<string, () => string | null>>;
  /** Named checks of /healthz (default none: answering is enough). */
  liveness?: Readonly<Record<string, () => string | null>>;
  log?: Log;
}

/** A listening health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics; rejects when the port is taken. */
export declare function startHealthServer(options: HealthServerOptions): Promise<HealthServer>;
