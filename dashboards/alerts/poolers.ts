import type { Alert } from './alert.ts';
import { hanging, percent, type Scope, time } from './scope.ts';

/** Alerts on PgBouncer: who waits for a connection to Postgres, how long, and how near the limits are. */
export const buildPoolerAlerts = (scope: Scope): readonly Alert[] =>
  scope.input.hasPoolers
    ? [
        ...(scope.input.hasExporters ? [poolersDown(scope)] : []),
        poolerDown(scope),
        queueWait(scope),
        meanWait(scope),
        clientsWaiting(scope),
        poolUseWarning(scope),
        poolUseCritical(scope),
        clientLimit(scope),
        busyThread(scope),
      ]
    : [];

/** The admin console is a database of its own, whose pool says nothing. */
const chatDatabase = 'database!="pgbouncer"';

const perPooler = 'by (namespace, stack, instance)';

const poolersDown = ({ series, input }: Scope): Alert => ({
  name: 'ChatStackPoolerDown',
  severity: 'critical',
  component: 'pgbouncer',
  expression: `absent(${series('pgbouncer_up')} == 1)`,
  for: '2m',
  summary: 'PgBouncer does not answer',
  description: `No PgBouncer of ${input.stack} answers: the service can not reach Postgres.`,
  when: 'no PgBouncer answers its exporter, or no exporter can be scraped',
  threshold: 'none',
});

const poolerDown = (scope: Scope): Alert => ({
  name: 'ChatStackPoolerDown',
  severity: 'warning',
  component: 'pgbouncer',
  expression: `${scope.series('pgbouncer_up')} == 0\nor ${hanging(scope, 'pgbouncer')}`,
  for: '5m',
  summary: 'PgBouncer does not answer',
  description: 'The PgBouncer of {{ $labels.instance }} does not answer its exporter.',
  when: 'one PgBouncer does not answer its exporter',
  threshold: '0',
});

const queueWait = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackPoolQueueWait',
  severity: 'warning',
  component: 'pgbouncer',
  expression: `max by (namespace, stack, pod) (${series('chatstack_pool_max_wait_seconds')}) > ${thresholds.queueWaitSeconds}`,
  for: '2m',
  summary: 'Clients wait long for a connection to Postgres',
  description:
    'In {{ $labels.pod }} a client has waited for {{ $value | humanizeDuration }} for a connection to Postgres.',
  when: 'longest wait in a pooler at the moment, as the operator sees it',
  threshold: `> ${time(thresholds.queueWaitSeconds)}`,
});

const meanWait = ({ series, thresholds, window }: Scope): Alert => {
  const total = (metric: string) => `sum ${perPooler} (rate(${series(metric, chatDatabase)}[${window}]))`;
  const waited = total('pgbouncer_stats_totals_client_wait_seconds_total');
  return {
    name: 'ChatStackPoolMeanWait',
    severity: 'critical',
    component: 'pgbouncer',
    expression: `${waited} / ${total('pgbouncer_stats_totals_server_assignments_total')} > ${thresholds.meanQueueWaitSeconds}`,
    for: '5m',
    summary: 'Every transaction waits for a connection to Postgres',
    description:
      'In {{ $labels.instance }} a transaction waits {{ $value | humanizeDuration }} on average for a connection.',
    when: 'mean wait of a transaction for a server connection, by pooler',
    threshold: `> ${time(thresholds.meanQueueWaitSeconds)}`,
  };
};

const clientsWaiting = ({ series, thresholds, input }: Scope): Alert => ({
  name: 'ChatStackPoolClientsWaiting',
  severity: 'warning',
  component: 'pgbouncer',
  expression: `sum ${perPooler} (${series('pgbouncer_pools_client_waiting_connections', chatDatabase)}) > ${thresholds.waitingClientsPerPool * input.poolSize}`,
  for: '5m',
  summary: 'Many clients wait for a connection to Postgres',
  description: `{{ $value }} clients of {{ $labels.instance }} wait; its pool has ${input.poolSize} connections.`,
  when: 'clients of a pooler that wait for a server connection',
  threshold: `> ${thresholds.waitingClientsPerPool} × pool size`,
});

const activeShare = ({ series, input }: Scope): string =>
  `sum ${perPooler} (${series('pgbouncer_pools_server_active_connections', chatDatabase)}) / ${input.poolSize}`;

/** The reserve is opened for clients that wait, so use may be above 100 %. */
const pooled = ({ input }: Scope): string => `${input.poolSize} connections (${input.reservePoolSize} more in reserve)`;

const poolUse = {
  name: 'ChatStackPoolSaturated',
  component: 'pgbouncer',
  summary: 'The pool of a pooler is nearly used up',
} as const;

const poolUseWarning = (scope: Scope): Alert => ({
  ...poolUse,
  severity: 'warning',
  expression: `${activeShare(scope)} > ${scope.thresholds.poolUseWarning}`,
  for: '10m',
  description: `{{ $value | humanizePercentage }} of the ${pooled(scope)} of {{ $labels.instance }} are in a transaction.`,
  when: 'server connections of a pooler that are in use',
  threshold: `> ${percent(scope.thresholds.poolUseWarning)} of the pool size`,
});

/** A small pool that is in full use is no harm by itself: it is when clients queue for it. */
const poolUseCritical = (scope: Scope): Alert => ({
  ...poolUse,
  severity: 'critical',
  expression: `${activeShare(scope)} > ${scope.thresholds.poolUseCritical}\nand sum ${perPooler} (${scope.series('pgbouncer_pools_client_waiting_connections', chatDatabase)}) > 0`,
  for: '10m',
  description: `{{ $value | humanizePercentage }} of the ${pooled(scope)} of {{ $labels.instance }} are in a transaction, and clients wait.`,
  when: 'server connections of a pooler that are in use, while clients wait',
  threshold: `> ${percent(scope.thresholds.poolUseCritical)} of the pool size`,
});

const clientLimit = ({ series, thresholds, input }: Scope): Alert => ({
  name: 'ChatStackPoolerClientLimit',
  severity: 'critical',
  component: 'pgbouncer',
  expression: `${series('pgbouncer_used_clients')} / ${input.maxClientConnections} > ${thresholds.clientUse}`,
  for: '5m',
  summary: 'A pooler will soon refuse clients',
  description: `{{ $labels.instance }} has {{ $value | humanizePercentage }} of its max_client_conn of ${input.maxClientConnections} clients.`,
  when: 'clients of a pooler',
  threshold: `> ${percent(thresholds.clientUse)} of max_client_conn`,
});

/** The exporter tells the pooler's CPU where it is given its PID; else cAdvisor does, where the cluster's Prometheus has it. */
const busyThread = ({ series, thresholds, window, input }: Scope): Alert => {
  const container = `container_cpu_usage_seconds_total{namespace="${input.namespace}",pod=~"${input.stack}-pgbouncer-.+",container="pgbouncer"}`;
  const used = (metric: string, by: string) => `sum by (namespace, ${by}) (rate(${metric}[${window}]))`;
  return {
    name: 'ChatStackPoolerCpuHigh',
    severity: 'warning',
    component: 'pgbouncer',
    expression: `(${used(series('pgbouncer_process_cpu_seconds_total'), 'instance')} or on (namespace) ${used(container, 'pod')}) > ${thresholds.poolerCores}`,
    for: '10m',
    summary: 'A pooler has used up its core',
    description:
      '{{ or $labels.instance $labels.pod }} uses {{ printf "%.2g" $value }} cores; PgBouncer has one thread and can use no more than one.',
    when: 'cores that a PgBouncer uses',
    threshold: `> ${thresholds.poolerCores}`,
  };
};
