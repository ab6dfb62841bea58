import type { Alert, Severity } from './alert.ts';
import { percent, perStack, type Scope } from './scope.ts';

/** Alerts on the volumes of a stack. The kubelet's series are there only where the cluster's Prometheus has them. */
export const buildVolumeAlerts = (scope: Scope): readonly Alert[] => [
  volumeFilling(scope, 'warning'),
  volumeFilling(scope, 'critical'),
  volumeFillsSoon(scope),
  databaseLarge(scope, 'warning'),
  databaseLarge(scope, 'critical'),
];

/** Names of the claims of a stack: of its Postgres (of CloudNativePG: one an instance), its backups, its Prometheus. */
const kubeletSeries = ({ input }: Scope, metric: string): string =>
  `kubelet_volume_stats_${metric}_bytes{namespace="${input.namespace}",persistentvolumeclaim=~"${input.stack}-(postgres(-[0-9]+)?|backups|prometheus)"}`;

/** Not used / capacity: some of a volume is kept free for root. */
const usedShare = (scope: Scope): string =>
  `1 - ${kubeletSeries(scope, 'available')} / ${kubeletSeries(scope, 'capacity')}`;

const thresholdOf = ({ thresholds }: Scope, severity: Severity): number =>
  severity === 'warning' ? thresholds.volumeUseWarning : thresholds.volumeUseCritical;

const volumeFilling = (scope: Scope, severity: Severity): Alert => ({
  name: 'ChatStackVolumeFilling',
  severity,
  component: 'stack',
  expression: `${usedShare(scope)} > ${thresholdOf(scope, severity)}`,
  for: '5m',
  summary: 'A volume is nearly full',
  description: 'The volume {{ $labels.persistentvolumeclaim }} is {{ $value | humanizePercentage }} full.',
  when: 'use of a volume of the stack, as the kubelet sees it',
  threshold: `> ${percent(thresholdOf(scope, severity))}`,
});

const volumeFillsSoon = (scope: Scope): Alert => ({
  name: 'ChatStackVolumeFillsSoon',
  severity: 'warning',
  component: 'stack',
  expression: `predict_linear(${kubeletSeries(scope, 'available')}[6h], 86400) < 0\nand ${usedShare(scope)} > 0.5`,
  for: '1h',
  summary: 'A volume will be full within a day',
  description: 'As it grew within 6 hours, the volume {{ $labels.persistentvolumeclaim }} will be full within a day.',
  when: 'what a volume has left in 24 h, as it grew within 6 h; more than half of it is in use',
  threshold: '< 0',
});

/** The log is in the same volume; who may not look at it (an external server) has none here. Temporary files need room beside both. */
const usedByPostgres = ({ series }: Scope): string => {
  const databases = `sum ${perStack} (${series('pg_database_size_bytes')})`;
  return `(${databases} + (sum ${perStack} (${series('pg_wal_size_bytes')}) or 0 * ${databases}))`;
};

/** The operator tells it; volumes do not shrink, so what it told last holds while it is away. */
const volumeSize = ({ series }: Scope): string =>
  `max ${perStack} (last_over_time(${series('chatstack_volume_size_bytes', 'component="postgres"')}[1d]))`;

const databaseLarge = (scope: Scope, severity: Severity): Alert => ({
  name: 'ChatStackDatabaseNearVolumeSize',
  severity,
  component: 'postgres',
  expression: `${usedByPostgres(scope)} / on (namespace, stack) ${volumeSize(scope)} > ${thresholdOf(scope, severity)}`,
  for: '10m',
  summary: 'Postgres nearly fills its volume',
  description: 'The databases and their log take {{ $value | humanizePercentage }} of the volume of Postgres.',
  when: 'size of all databases and of the write-ahead log, as a share of the size of the volume',
  threshold: `> ${percent(thresholdOf(scope, severity))}`,
});
