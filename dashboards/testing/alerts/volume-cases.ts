import type { AlertCase } from './alert-case.ts';

const gibibyte = 1024 ** 3;

const kubelet = (claim: string, available: string) => ({
  [`kubelet_volume_stats_available_bytes{namespace="chat",persistentvolumeclaim="${claim}"}`]: available,
  [`kubelet_volume_stats_capacity_bytes{namespace="chat",persistentvolumeclaim="${claim}"}`]: `${10 * gibibyte}x900`,
});

const database = (gibibytes: number) => ({
  'pg_database_size_bytes{$,instance="acme-exporters-a",datname="chatstack"}': `${gibibytes * gibibyte}x30`,
  'pg_database_size_bytes{$,instance="acme-exporters-a",datname="postgres"}': `${0.5 * gibibyte}x30`,
  'chatstack_volume_size_bytes{$,component="postgres"}': `${10 * gibibyte}x30`,
});

const labels = { persistentvolumeclaim: 'acme-postgres' };

/** Of the alerts on volumes. */
export const volumeCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackVolumeFilling',
    when: 'as a warning when 85 % of a volume are in use',
    series: kubelet('acme-postgres', `${1.5 * gibibyte}x900`),
    minutes: 7,
    fires: [{ severity: 'warning', labels, description: 'The volume acme-postgres is 85% full.' }],
  },
  {
    alert: 'ChatStackVolumeFilling',
    when: 'as critical too when 95 % of a volume of CloudNativePG are in use',
    series: kubelet('acme-postgres-1', `${0.5 * gibibyte}x900`),
    minutes: 7,
    fires: [
      {
        severity: 'warning',
        labels: { persistentvolumeclaim: 'acme-postgres-1' },
        description: 'The volume acme-postgres-1 is 95% full.',
      },
      {
        severity: 'critical',
        labels: { persistentvolumeclaim: 'acme-postgres-1' },
        description: 'The volume acme-postgres-1 is 95% full.',
      },
    ],
  },
  {
    alert: 'ChatStackVolumeFilling',
    when: 'while half of a volume is in use, and when that of another stack is full',
    series: { ...kubelet('acme-postgres', `${5 * gibibyte}x900`), ...kubelet('other-postgres', '0x900') },
    minutes: 7,
    fires: [],
  },
  {
    alert: 'ChatStackVolumeFillsSoon',
    when: 'when a volume that is more than half full grows by 4 GiB in 12 hours',
    series: kubelet('acme-postgres', `${7 * gibibyte}-${gibibyte / 180}x900`),
    minutes: 700,
    fires: [
      {
        severity: 'warning',
        labels,
        description: 'As it grew within 6 hours, the volume acme-postgres will be full within a day.',
      },
    ],
  },
  {
    alert: 'ChatStackVolumeFillsSoon',
    when: 'when a volume that is more than half full hardly grows, and when an empty one grows fast',
    series: {
      ...kubelet('acme-postgres', `${4 * gibibyte}-1000x900`),
      ...kubelet('acme-backups', `${10 * gibibyte}-${gibibyte / 180}x900`),
    },
    minutes: 700,
    fires: [],
  },
  {
    alert: 'ChatStackDatabaseNearVolumeSize',
    when: 'as a warning when the databases take 85 %, and nobody tells of the log of the volume',
    series: database(8),
    minutes: 12,
    fires: [{ severity: 'warning', description: 'The databases and their log take 85% of the volume of Postgres.' }],
  },
  {
    alert: 'ChatStackDatabaseNearVolumeSize',
    when: 'as critical too when the databases and the log take 95 % of the volume',
    series: { ...database(5), 'pg_wal_size_bytes{$,instance="acme-exporters-a"}': `${4 * gibibyte}x30` },
    minutes: 12,
    fires: [
      { severity: 'warning', description: 'The databases and their log take 95% of the volume of Postgres.' },
      { severity: 'critical', description: 'The databases and their log take 95% of the volume of Postgres.' },
    ],
  },
  {
    alert: 'ChatStackDatabaseNearVolumeSize',
    when: 'as a warning when the operator, which tells the size of the volume, is away meanwhile',
    series: { ...database(8), 'chatstack_volume_size_bytes{$,component="postgres"}': `${10 * gibibyte} stale _x30` },
    minutes: 12,
    fires: [{ severity: 'warning', description: 'The databases and their log take 85% of the volume of Postgres.' }],
  },
  {
    alert: 'ChatStackDatabaseNearVolumeSize',
    when: 'while the databases take half of the volume',
    series: database(4.5),
    minutes: 12,
    fires: [],
  },
];
