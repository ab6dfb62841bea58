/** The images a stack runs when its spec names none. */
export interface StackImages {
  readonly postgres: string;
  readonly pgbouncer: string;
  readonly redis: string;
  readonly service: string;
}

/** The images this version of ChatStack was tested with. An operator may be started with another service image. */
export const defaultImages: StackImages = {
  postgres: 'postgres:18',
  pgbouncer: 'ghcr.io/cloudnative-pg/pgbouncer:1.26.1',
  redis: 'redis:8.0',
  service: 'ghcr.io/chatstack/service:0.1.0',
};

/**
 * Users (uid and gid) of the programs in those images. They are named explicitly, because volumes belong to a number and Pod
 * Security asks for one that is not root.
 */
export const imageUsers: { readonly [name in keyof StackImages]: number } = {
  postgres: 999,
  pgbouncer: 998,
  redis: 999,
  service: 1000,
};

/** What measures a stack and shows it, as this version of ChatStack was tested with. */
export const monitoringImages = {
  prometheus: 'quay.io/prometheus/prometheus:v3.5.3',
  alertmanager: 'quay.io/prometheus/alertmanager:v0.33.1',
  grafana: 'grafana/grafana:12.2.0',
  postgresExporter: 'quay.io/prometheuscommunity/postgres-exporter:v0.19.1',
  redisExporter: 'oliver006/redis_exporter:v1.86.0',
  pgbouncerExporter: 'prometheuscommunity/pgbouncer-exporter:v0.12.0',
} as const;

/** What keeps the lines of a stack in Docker Compose. */
export const logImages = { loki: 'grafana/loki:3.5.5', alloy: 'grafana/alloy:v1.18.0' } as const;

/** Their users. */
export const logUsers = { loki: 10_001, alloy: 0 } as const;

/** Users of those that have files of their own; exporters run as anybody. */
export const monitoringUsers = { exporters: 65_534, prometheus: 65_534, alertmanager: 65_534, grafana: 472 } as const;
