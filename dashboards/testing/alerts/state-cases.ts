import type { AlertCase } from './alert-case.ts';

const condition = (type: string, reason: string, value: string, since = 0) => ({
  [`chatstack_condition{$,type="${type}",reason="${reason}"}`]: value,
  [`chatstack_condition_since_timestamp_seconds{$,type="${type}"}`]: `${since}x120`,
});

const day = 24 * 60;

/** Of the alerts on what the operator knows of a stack. */
export const stateCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackUnwatched',
    when: 'when no operator tells how the stack is',
    series: { 'chatstack_condition{namespace="chat",stack="other",type="Ready",reason="AllComponentsReady"}': '1x30' },
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels: { type: 'Ready' },
        description:
          'No operator tells of acme: it runs on, but nothing is repaired, and alerts on its state are silent.',
      },
    ],
  },
  {
    alert: 'ChatStackUnwatched',
    when: 'while the operator tells that the stack is not Ready',
    series: condition('Ready', 'PlanRefused', '0x30'),
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackNotReady',
    when: 'when a stack is not Ready for more than a quarter of an hour, for whatever reasons',
    series: {
      'chatstack_condition{$,type="Ready",reason="WaitsForPostgres"}': '0x10 _x50',
      'chatstack_condition{$,type="Ready",reason="CrashLoopBackOff"}': '_x11 0x50',
      'chatstack_condition_since_timestamp_seconds{$,type="Ready"}': '0x60',
    },
    minutes: 18,
    fires: [
      {
        severity: 'warning',
        labels: { type: 'Ready', reason: 'CrashLoopBackOff' },
        description: 'acme has not been Ready for 15 min or longer, for the reason CrashLoopBackOff.',
      },
    ],
  },
  {
    alert: 'ChatStackNotReady',
    when: 'when a stack has not been Ready since a moment ago',
    series: condition('Ready', 'RollingOut', '0x60', 900),
    minutes: 20,
    fires: [],
  },
  {
    alert: 'ChatStackNotReady',
    when: 'while a stack is suspended',
    series: condition('Ready', 'Suspended', '0x60'),
    minutes: 40,
    fires: [],
  },
  {
    alert: 'ChatStackProgressingLong',
    when: 'when a roll-out takes longer than half an hour',
    series: condition('Progressing', 'RollingOut', '1x60'),
    minutes: 35,
    fires: [
      {
        severity: 'warning',
        labels: { type: 'Progressing', reason: 'RollingOut' },
        description: 'acme has been on its way for 30 min or longer, for the reason RollingOut.',
      },
    ],
  },
  {
    alert: 'ChatStackProgressingLong',
    when: 'when a roll-out takes ten minutes, and while a stack is settled',
    series: condition('Progressing', 'RollingOut', '1x10 0x50'),
    minutes: 9,
    fires: [],
  },
  {
    alert: 'ChatStackBudgetExceeded',
    when: 'when a spec asks for more connections than there are',
    series: condition('BudgetFits', 'ConnectionsExceedLimit', '0x20'),
    minutes: 7,
    fires: [
      {
        severity: 'warning',
        labels: { type: 'BudgetFits', reason: 'ConnectionsExceedLimit' },
        description: 'The spec of acme is refused, because its connections do not fit; what ran before runs on.',
      },
    ],
  },
  {
    alert: 'ChatStackBudgetExceeded',
    when: 'while the connections fit, and when no budget could be computed',
    series: {
      ...condition('BudgetFits', 'Fits', '1x20'),
      'chatstack_condition{$,type="BudgetFits",reason="NotPlanned"}': '0x20',
    },
    minutes: 7,
    fires: [],
  },
  {
    alert: 'ChatStackPostgresDiskFull',
    when: 'when Postgres has found no room for two minutes, whichever replica of the operator leads',
    series: {
      'chatstack_condition{$,type="PostgresReady",reason="RolledOut"}': '1x3 _x20',
      'chatstack_condition{$,instance="operator-a",type="PostgresReady",reason="DiskFull"}': '_x4 0 0 _x20',
      'chatstack_condition{$,instance="operator-b",type="PostgresReady",reason="DiskFull"}': '_x4 _ _ 0x20',
    },
    minutes: 6,
    fires: [
      {
        severity: 'critical',
        labels: { type: 'PostgresReady', reason: 'DiskFull' },
        description: 'Postgres of acme has no room on its disk: what is sent is refused, what is stored can be read.',
      },
    ],
  },
  {
    alert: 'ChatStackPostgresDiskFull',
    when: 'when there is room again, and while Postgres is not ready for another reason',
    series: {
      'chatstack_condition{$,type="PostgresReady",reason="DiskFull"}': '0x3 _x20',
      'chatstack_condition{$,type="PostgresReady",reason="CrashLoopBackOff"}': '_x4 0x20',
    },
    minutes: 10,
    fires: [],
  },
  {
    alert: 'ChatStackReplicasMissing',
    when: 'when two of three replicas are ready',
    series: {
      'chatstack_component_ready_replicas{$,component="service"}': '2x30',
      'chatstack_component_wanted_replicas{$,component="service"}': '3x30',
    },
    minutes: 17,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'service' },
        description: 'Only 2 replicas of service are ready, fewer than were asked for.',
      },
    ],
  },
  {
    alert: 'ChatStackReplicasMissing',
    when: 'when a replica is missing while another version rolls out',
    series: {
      'chatstack_component_ready_replicas{$,component="service"}': '3x5 2x3 3x30',
      'chatstack_component_wanted_replicas{$,component="service"}': '3x40',
    },
    minutes: 17,
    fires: [],
  },
  {
    alert: 'ChatStackCrashLoop',
    when: 'when a container restarts every five minutes',
    series: { 'chatstack_component_restarts_total{$,component="redis"}': '0x4 1x4 2x4 3x4 4x4 5x30' },
    minutes: 28,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'redis' },
        description: 'Containers of redis started 5 times within 30 minutes.',
      },
    ],
  },
  {
    alert: 'ChatStackCrashLoop',
    when: 'when a container restarted once',
    series: { 'chatstack_component_restarts_total{$,component="redis"}': '0x10 1x40' },
    minutes: 28,
    fires: [],
  },
  {
    alert: 'ChatStackCrashLoop',
    when: 'when the exporters restart every five minutes',
    series: { 'chatstack_component_restarts_total{$,component="exporters"}': '0x4 1x4 2x4 3x4 4x4 5x30' },
    minutes: 28,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'exporters' },
        description: 'Containers of exporters started 5 times within 30 minutes.',
      },
    ],
  },
  {
    alert: 'ChatStackBackupFailed',
    when: 'when the newest backup failed',
    series: condition('Degraded', 'BackupFailed', '1x20'),
    minutes: 3,
    fires: [
      {
        severity: 'warning',
        labels: { type: 'Degraded', reason: 'BackupFailed' },
        description: 'The newest backup of acme failed; those before it are as they were.',
      },
    ],
  },
  {
    alert: 'ChatStackBackupFailed',
    when: 'when the next one was complete, and when a stack is degraded for another reason',
    series: {
      'chatstack_condition{$,type="Degraded",reason="BackupFailed"}': '1 _x20',
      'chatstack_condition{$,type="Degraded",reason="CrashLoopBackOff"}': '_ 1x20',
    },
    minutes: 10,
    fires: [],
  },
  {
    alert: 'ChatStackBackupOld',
    when: 'when the newest of hourly backups is older than one and a half hours',
    series: { 'chatstack_backup_last_success_timestamp_seconds{$}': '0x120' },
    minutes: 100,
    input: { backupScheduleSeconds: 3600 },
    fires: [
      {
        severity: 'critical',
        description: 'The newest complete backup is 1h 40m 0s old; there should be one every 60 min.',
      },
    ],
  },
  {
    alert: 'ChatStackBackupOld',
    when: 'while the next of daily backups is under way',
    series: { 'chatstack_backup_last_success_timestamp_seconds{$}': '-86400x120' },
    minutes: 30,
    fires: [],
  },
  {
    alert: 'ChatStackBackupMissing',
    when: 'when there was none of hourly backups for one and a half hours',
    series: { 'chatstack_backup_schedule_seconds{$}': '3600x120' },
    minutes: 100,
    input: { backupScheduleSeconds: 3600 },
    fires: [
      { severity: 'critical', description: 'acme never had a complete backup; there should be one every 60 min.' },
    ],
  },
  {
    alert: 'ChatStackBackupMissing',
    when: 'when the first of hourly backups came in time',
    series: {
      'chatstack_backup_schedule_seconds{$}': '3600x120',
      'chatstack_backup_last_success_timestamp_seconds{$}': '_x60 3600x60',
    },
    minutes: 100,
    input: { backupScheduleSeconds: 3600 },
    fires: [],
  },
  {
    alert: 'ChatStackCertificateExpires',
    when: 'as a warning when half of the time for renewing it has passed',
    series: { 'chatstack_certificate_expiry_timestamp_seconds{$,certificate="acme-redis-tls"}': `${3 * day * 60}x60` },
    minutes: 20,
    fires: [
      {
        severity: 'warning',
        labels: { certificate: 'acme-redis-tls' },
        description:
          'The certificate acme-redis-tls ends in 2d 23h 40m 0s; it should have been renewed 7 days before its end.',
      },
    ],
  },
  {
    alert: 'ChatStackCertificateExpires',
    when: 'as critical too when it ends within hours',
    series: { 'chatstack_certificate_expiry_timestamp_seconds{$,certificate="acme-redis-tls"}': '36000x60' },
    minutes: 20,
    fires: [
      {
        severity: 'warning',
        labels: { certificate: 'acme-redis-tls' },
        description:
          'The certificate acme-redis-tls ends in 9h 40m 0s; it should have been renewed 7 days before its end.',
      },
      {
        severity: 'critical',
        labels: { certificate: 'acme-redis-tls' },
        description:
          'The certificate acme-redis-tls ends in 9h 40m 0s; it should have been renewed 7 days before its end.',
      },
    ],
  },
  {
    alert: 'ChatStackCertificateExpires',
    when: 'while it is about to be renewed',
    series: { 'chatstack_certificate_expiry_timestamp_seconds{$,certificate="acme-redis-tls"}': `${6 * day * 60}x60` },
    minutes: 20,
    fires: [],
  },
];
