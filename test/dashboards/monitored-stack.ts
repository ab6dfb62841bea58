import { type StackUnderTest, startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { type Replica, startReplica } from '../consistency/replica.ts';
import { startPgbouncerExporter, startPostgresExporter, startRedisExporter } from '../engines/exporters.ts';
import { findProgram } from '../engines/programs.ts';
import { type PrometheusEngine, type ScrapeTarget, startPrometheus } from '../engines/prometheus.ts';
import { planSpec } from '../generate/example-plans.ts';
import { readRecording, serveRecording } from './recorded-scrape.ts';

/** The names that the stack goes by in the labels of its series. */
export const NAMES = { namespace: 'chat', stack: 'acme' } as const;

/** A stack of real programs that a real Prometheus scrapes. */
export type MonitoredStack = {
  readonly stack: StackUnderTest;
  readonly replicas: readonly Replica[];
  readonly prometheus: PrometheusEngine;
  /** What is not scraped from a program that runs, but played from a recording: its job and source. */
  readonly recorded: readonly { readonly job: string; readonly source: string }[];
  stop(): Promise<void>;
};

type Source = { readonly address: string; stop(): Promise<void> };

/** `recordedSource` tells of a recording what it is one of. */
type PoolerSource = Source & { readonly recordedSource?: string };

const labelsOf = (component: string, instance: string) => ({ ...NAMES, component, instance });

const MONITOR = 'monitor';

/** Makes a role for the exporter, whose own statements are told of nobody; answers its URL. */
async function createMonitor(stack: StackUnderTest): Promise<string> {
  const url = new URL(stack.environment.DATABASE_URL_DIRECT ?? '');
  await stack.query(`CREATE ROLE ${MONITOR} LOGIN PASSWORD '${url.password}' IN ROLE pg_monitor`);
  url.username = MONITOR;
  return url.href;
}

/** An exporter of a pooler where it is installed (Debian has none that works with this version), else a recording of one. */
async function startPoolerSource(consoleUrl: string): Promise<PoolerSource> {
  if (findProgram('pgbouncer_exporter')) return startPgbouncerExporter(consoleUrl);
  const recording = readRecording('pgbouncer-exporter');
  return { ...(await serveRecording(recording)), recordedSource: recording.source };
}

/**
 * Starts Postgres, PgBouncer, Redis, two processes of the service, exporters and a Prometheus. The operator, which needs a cluster,
 * is played from a recording. The service sends its traces to `tracesTo`, an address for OTLP, if one is told.
 */
export async function startMonitoredStack(scrapeInterval: number, tracesTo?: string): Promise<MonitoredStack> {
  const stack = await startStackUnderTest({
    postgres: { shared_preload_libraries: 'pg_stat_statements' },
    pgbouncer: { default_pool_size: 4, reserve_pool_size: 2 },
    redis: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'],
  });
  await stack.query('CREATE EXTENSION pg_stat_statements');
  const monitorUrl = await createMonitor(stack);
  const replicas = await Promise.all(
    [1, 2].map(() => startReplica({ ...stack.environment, LOG_LEVEL: 'info', OTEL_EXPORTER_OTLP_ENDPOINT: tracesTo })),
  );
  const operatorRecording = readRecording('operator');
  const [postgres, redis, pooler, operator] = await Promise.all([
    startPostgresExporter(monitorUrl, [MONITOR]),
    startRedisExporter(stack.redis.url),
    startPoolerSource(stack.pgbouncer.adminUrl),
    serveRecording(operatorRecording),
  ]);
  const targets: readonly ScrapeTarget[] = [
    ...replicas.map(({ metricsPort }, index) => ({
      job: 'chatstack-service',
      address: `127.0.0.1:${metricsPort}`,
      labels: labelsOf('service', `acme-service-${index + 1}`),
    })),
    { job: 'chatstack-pgbouncer', address: pooler.address, labels: labelsOf('pgbouncer', 'acme-pgbouncer-1') },
    { job: 'chatstack-postgres', address: postgres.address, labels: labelsOf('postgres', 'acme-postgres-0') },
    { job: 'chatstack-redis', address: redis.address, labels: labelsOf('redis', 'acme-redis-1') },
    {
      job: 'chatstack-operator',
      address: operator.address,
      labels: { namespace: 'chatstack-system', component: 'operator', instance: 'chatstack-operator-1' },
      honorLabels: true,
    },
  ];
  const prometheus = await startPrometheus(targets, scrapeInterval, planFeatures(tracesTo));
  return {
    stack,
    replicas,
    prometheus,
    recorded: [
      { job: 'chatstack-operator', source: operatorRecording.source },
      ...(pooler.recordedSource === undefined ? [] : [{ job: 'chatstack-pgbouncer', source: pooler.recordedSource }]),
    ],
    stop: async () => {
      await prometheus.stop();
      await Promise.all([postgres, redis, pooler, operator].map((source) => source.stop()));
      await Promise.all(replicas.map((replica) => replica.stop()));
      await stack.stop();
    },
  };
}

/** What a stack whose service sends traces there, if it does, has its own Prometheus do besides. */
function planFeatures(tracesTo: string | undefined): readonly string[] {
  const env = tracesTo === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: tracesTo }];
  const { prometheus } = planSpec(NAMES.stack, { service: { env } }).monitoring ?? {};
  if (prometheus?.mode !== 'Managed') throw new Error(`Expected a managed Prometheus, found ${prometheus?.mode}`);
  return prometheus.command.filter((argument) => argument.startsWith('--enable-feature='));
}

/** What must be installed for a monitored stack, beside what every stack under test needs. */
const PROGRAMS = ['prometheus', 'postgres_exporter', 'redis_exporter'];

/** Whether everything that a monitored stack needs is installed. */
export const canMonitor = (): boolean => PROGRAMS.every((name) => findProgram(name) !== undefined);
