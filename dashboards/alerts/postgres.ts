import type { Alert } from './alert.ts';
import { hanging, percent, perStack, type Scope, time } from './scope.ts';

/** Alerts on Postgres, as its exporter sees it: whether it is there, and how near its limits are. */
export const buildPostgresAlerts = (scope: Scope): readonly Alert[] => [
  postgresDown(scope),
  connectionsHigh(scope, 'warning'),
  connectionsHigh(scope, 'critical'),
  longTransaction(scope),
  blockHitRatioLow(scope),
  deadlocks(scope),
];

const postgresDown = (scope: Scope): Alert => ({
  name: 'ChatStackPostgresDown',
  severity: 'critical',
  component: 'postgres',
  expression: `max ${perStack} (${scope.series('pg_up')}) == 0\nor max ${perStack} ${hanging(scope, 'postgres')}`,
  for: '1m',
  summary: 'Postgres does not answer',
  description: `Postgres of ${scope.input.stack} does not answer its exporter: nothing can be sent, and only what is cached be read.`,
  when: 'Postgres does not let its exporter in, or does not answer it in time',
  threshold: '0',
});

/**
 * The exporter reads most of its metrics by a connection that it opens for each scrape: a Postgres that has none left takes them away. Those
 * of its lasting connection stay, but tell of all sessions only to a member of pg_monitor.
 */
const openConnections = ({ series }: Scope): string =>
  `(sum ${perStack} (${series('pg_stat_database_numbackends')}) or sum ${perStack} (${series('pg_stat_activity_count', 'backend_type="client backend"')}))`;

const connectionsHigh = (scope: Scope, severity: 'warning' | 'critical'): Alert => {
  const { thresholds, input } = scope;
  const available = input.maxConnections - input.reservedByPostgres;
  const share = severity === 'warning' ? thresholds.connectionUseWarning : thresholds.connectionUseCritical;
  return {
    name: 'ChatStackPostgresConnectionsHigh',
    severity,
    component: 'postgres',
    expression: `${openConnections(scope)} / ${available} > ${share}`,
    for: severity === 'warning' ? '10m' : '2m',
    summary: 'Postgres will soon refuse connections',
    description: `{{ $value | humanizePercentage }} of the ${available} connections that ordinary users may open are open.`,
    when: 'connections to all databases of the server',
    threshold: `> ${percent(share)} of max_connections − reserved`,
  };
};

/** A dump is one long transaction, and means to be. */
const longTransaction = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackPostgresTransactionLong',
  severity: 'warning',
  component: 'postgres',
  expression: `max by (namespace, stack, datname, usename, application_name, state) (${series('pg_stat_activity_max_tx_duration', 'backend_type="client backend",application_name!="pg_dump"')}) > ${thresholds.transactionSeconds}`,
  for: '1m',
  summary: 'A transaction stays open',
  description:
    'A transaction of {{ $labels.usename }} ({{ $labels.application_name }}) in {{ $labels.datname }} has been open for {{ $value | humanizeDuration }} and is {{ $labels.state }}.',
  when: 'age of the oldest transaction of a client, dumps left out',
  threshold: `> ${time(thresholds.transactionSeconds)}`,
});

const blockHitRatioLow = ({ series, thresholds, window }: Scope): Alert => {
  const rate = (metric: string) => `sum ${perStack} (rate(${series(`pg_stat_database_${metric}`)}[${window}]))`;
  return {
    name: 'ChatStackPostgresCacheHitLow',
    severity: 'warning',
    component: 'postgres',
    expression: `${rate('blks_hit')} / (${rate('blks_hit')} + ${rate('blks_read')}) < ${thresholds.blockHitRatio}\nand ${rate('blks_read')} > ${thresholds.leastBlockReadsPerSecond}`,
    for: '15m',
    summary: 'Postgres reads much from its volume',
    description: '{{ $value | humanizePercentage }} of the blocks that Postgres needs are in its own memory.',
    when: `share of blocks found in shared_buffers; more than ${thresholds.leastBlockReadsPerSecond} blocks read a second`,
    threshold: `< ${percent(thresholds.blockHitRatio)}`,
  };
};

const deadlocks = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackPostgresDeadlocks',
  severity: 'warning',
  component: 'postgres',
  expression: `sum by (namespace, stack, datname) (increase(${series('pg_stat_database_deadlocks', 'datname!=""')}[15m])) >= ${thresholds.deadlocks}`,
  for: '1m',
  summary: 'Transactions deadlock',
  description: 'In {{ $labels.datname }} {{ $value | humanize }} deadlocks were broken up within 15 minutes.',
  when: 'deadlocks in a database within 15 min',
  threshold: `≥ ${thresholds.deadlocks}`,
});
