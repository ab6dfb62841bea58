import type { Size } from '../api/chat-stack.ts';

/** CPU and memory a container asks for, and the memory it may use at most. Kubernetes quantities. */
export interface Shares {
  readonly cpu: string;
  readonly memory: string;
  readonly memoryLimit: string;
}

/** A row of the sizing table. */
export interface SizeRow {
  readonly postgres: Shares & {
    /** Cores Postgres can use in bursts; pool sizes follow from it. */
    readonly cores: number;
    readonly maxConnections: number;
  };
  /** Each pooler. Its memory limit holds 10000 clients (about 6 KiB each while they have something under way). */
  readonly pgbouncer: Shares;
  /** Memory follows `maxMemory`. */
  readonly redis: { readonly cpu: string; readonly maxMemory: string };
  /** Each service process. Under load it takes up to 200 MiB and its pages, and 15 to 24 KiB for each connection, of which it takes as many as that leaves. */
  readonly service: Shares & { readonly replicas: number };
  readonly migration: Shares;
  /** Each step of a backup or restore: pg_dump, pg_restore, or an upload with one part of 16 MiB in memory. */
  readonly backup: Shares;
  /** Each exporter. */
  readonly exporter: Shares;
  readonly prometheus: Shares;
  readonly alertmanager: Shares;
  readonly grafana: Shares;
}

/** An exporter answers a scrape with what it asks for at that moment: its size does not follow the load. */
const exporter: Shares = { cpu: '10m', memory: '20Mi', memoryLimit: '96Mi' };
const alertmanager: Shares = { cpu: '10m', memory: '32Mi', memoryLimit: '128Mi' };

/**
 * The sizing table. CPU is not limited anywhere: a limit is enforced in slices of 100 ms, and a process that used up its slice
 * answers up to 100 ms later although cores are idle.
 *
 * `small` asks for at most 1 CPU and 1.5 GiB in all, at rest; without Grafana also while a version is replaced.
 */
export const sizes: { readonly [size in Size]: SizeRow } = {
  small: {
    postgres: { cpu: '300m', memory: '384Mi', memoryLimit: '768Mi', cores: 2, maxConnections: 100 },
    pgbouncer: { cpu: '50m', memory: '32Mi', memoryLimit: '192Mi' },
    redis: { cpu: '50m', maxMemory: '128Mi' },
    service: { cpu: '100m', memory: '224Mi', memoryLimit: '384Mi', replicas: 2 },
    migration: { cpu: '100m', memory: '160Mi', memoryLimit: '384Mi' },
    backup: { cpu: '50m', memory: '96Mi', memoryLimit: '384Mi' },
    exporter,
    prometheus: { cpu: '50m', memory: '128Mi', memoryLimit: '512Mi' },
    alertmanager,
    grafana: { cpu: '50m', memory: '128Mi', memoryLimit: '384Mi' },
  },
  medium: {
    postgres: { cpu: '2', memory: '4Gi', memoryLimit: '6Gi', cores: 4, maxConnections: 200 },
    pgbouncer: { cpu: '250m', memory: '64Mi', memoryLimit: '256Mi' },
    redis: { cpu: '250m', maxMemory: '512Mi' },
    service: { cpu: '500m', memory: '256Mi', memoryLimit: '512Mi', replicas: 3 },
    migration: { cpu: '250m', memory: '160Mi', memoryLimit: '512Mi' },
    backup: { cpu: '250m', memory: '128Mi', memoryLimit: '512Mi' },
    exporter,
    prometheus: { cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' },
    alertmanager,
    grafana: { cpu: '100m', memory: '192Mi', memoryLimit: '512Mi' },
  },
  large: {
    postgres: { cpu: '8', memory: '32Gi', memoryLimit: '40Gi', cores: 16, maxConnections: 500 },
    pgbouncer: { cpu: '1', memory: '128Mi', memoryLimit: '512Mi' },
    redis: { cpu: '500m', maxMemory: '2Gi' },
    service: { cpu: '1', memory: '512Mi', memoryLimit: '1Gi', replicas: 6 },
    migration: { cpu: '500m', memory: '256Mi', memoryLimit: '1Gi' },
    backup: { cpu: '500m', memory: '256Mi', memoryLimit: '1Gi' },
    exporter,
    prometheus: { cpu: '500m', memory: '1Gi', memoryLimit: '4Gi' },
    alertmanager,
    grafana: { cpu: '200m', memory: '256Mi', memoryLimit: '1Gi' },
  },
};
