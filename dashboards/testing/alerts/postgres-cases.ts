import type { AlertCase } from './alert-case.ts';

const exporter = 'instance="acme-exporters-a"';

const backends = (chat: number) => ({
  [`pg_stat_database_numbackends{$,${exporter},datname="chatstack"}`]: `${chat}x30`,
  [`pg_stat_database_numbackends{$,${exporter},datname="postgres"}`]: '3x30',
});

const sessions = (user: string, backend: string) =>
  `pg_stat_activity_count{$,${exporter},datname="chatstack",usename="${user}",state="idle",backend_type="${backend}"}`;

const blocks = (hit: number, read: number) => ({
  [`pg_stat_database_blks_hit{$,${exporter},datname="chatstack"}`]: `0+${hit}x30`,
  [`pg_stat_database_blks_read{$,${exporter},datname="chatstack"}`]: `0+${read}x30`,
});

const transaction = (application: string, backend = 'client backend') =>
  `pg_stat_activity_max_tx_duration{$,${exporter},datname="chatstack",usename="chatstack",state="idle in transaction",backend_type="${backend}",application_name="${application}"}`;

const scrapes = (up: string, seconds: string) => ({
  [`up{$,component="postgres",${exporter}}`]: `1x5 ${up}`,
  [`scrape_duration_seconds{$,component="postgres",${exporter}}`]: `0.1x5 ${seconds}`,
});

/** Of the alerts on Postgres. */
export const postgresCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackPostgresDown',
    when: 'when Postgres does not let its exporter in for more than a minute',
    series: { [`pg_up{$,${exporter}}`]: '1x5 0x10' },
    minutes: 8,
    fires: [
      {
        severity: 'critical',
        description:
          'Postgres of acme does not answer its exporter: nothing can be sent, and only what is cached be read.',
      },
    ],
  },
  {
    alert: 'ChatStackPostgresDown',
    when: 'when Postgres hangs, so that its exporter does not answer in time',
    series: { [`pg_up{$,${exporter}}`]: '1x5 stale', ...scrapes('0x10', '10x10') },
    minutes: 8,
    fires: [
      {
        severity: 'critical',
        description:
          'Postgres of acme does not answer its exporter: nothing can be sent, and only what is cached be read.',
      },
    ],
  },
  {
    alert: 'ChatStackPostgresDown',
    when: 'while Postgres answers, and when its exporter is away or refuses',
    series: { [`pg_up{$,${exporter}}`]: '1x5 _x10', ...scrapes('_ 0x10', '0.01x10') },
    minutes: 13,
    fires: [],
  },
  {
    alert: 'ChatStackPostgresConnectionsHigh',
    when: 'as a warning when 85 of 100 connections are open',
    series: backends(82),
    minutes: 12,
    fires: [{ severity: 'warning', description: '85% of the 100 connections that ordinary users may open are open.' }],
  },
  {
    alert: 'ChatStackPostgresConnectionsHigh',
    when: 'as critical too when 98 of 100 connections are open',
    series: backends(95),
    minutes: 12,
    fires: [
      { severity: 'warning', description: '98% of the 100 connections that ordinary users may open are open.' },
      { severity: 'critical', description: '98% of the 100 connections that ordinary users may open are open.' },
    ],
  },
  {
    alert: 'ChatStackPostgresConnectionsHigh',
    when: 'as both when all are taken, so that the exporter has only the connection that it kept',
    series: {
      [`pg_stat_database_numbackends{$,${exporter},datname="chatstack"}`]: '85x5 stale',
      [sessions('chatstack', 'client backend')]: '84x5 98x10',
      [sessions('chatstack_monitor', 'client backend')]: '1x5 2x10',
      [sessions('', 'autovacuum worker')]: '3x15',
    },
    minutes: 12,
    fires: [
      { severity: 'warning', description: '100% of the 100 connections that ordinary users may open are open.' },
      { severity: 'critical', description: '100% of the 100 connections that ordinary users may open are open.' },
    ],
  },
  {
    alert: 'ChatStackPostgresConnectionsHigh',
    when: 'while 50 of 100 connections are open',
    series: backends(47),
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackPostgresTransactionLong',
    when: 'when psql has had a transaction open for six minutes',
    series: { [transaction('psql')]: '0+60x20' },
    minutes: 7,
    fires: [
      {
        severity: 'warning',
        labels: {
          datname: 'chatstack',
          usename: 'chatstack',
          application_name: 'psql',
          state: 'idle in transaction',
        },
        description:
          'A transaction of chatstack (psql) in chatstack has been open for 7m 0s and is idle in transaction.',
      },
    ],
  },
  {
    alert: 'ChatStackPostgresTransactionLong',
    when: 'while a dump or a vacuum runs, and when transactions are short',
    series: {
      [transaction('pg_dump')]: '0+60x20',
      [transaction('', 'autovacuum worker')]: '0+60x20',
      [transaction('service')]: '0.5x20',
    },
    minutes: 15,
    fires: [],
  },
  {
    alert: 'ChatStackPostgresCacheHitLow',
    when: 'when a tenth of many blocks is read from the volume',
    series: blocks(90_000, 10_000),
    minutes: 22,
    fires: [{ severity: 'warning', description: '90% of the blocks that Postgres needs are in its own memory.' }],
  },
  {
    alert: 'ChatStackPostgresCacheHitLow',
    when: 'when a tenth of few blocks is read from the volume, as after a start',
    series: blocks(9000, 1000),
    minutes: 22,
    fires: [],
  },
  {
    alert: 'ChatStackPostgresDeadlocks',
    when: 'when four deadlocks come one after the other',
    series: { [`pg_stat_database_deadlocks{$,${exporter},datname="chatstack"}`]: '0 1 2 3 4x20' },
    minutes: 10,
    fires: [
      {
        severity: 'warning',
        labels: { datname: 'chatstack' },
        description: 'In chatstack 4 deadlocks were broken up within 15 minutes.',
      },
    ],
  },
  {
    alert: 'ChatStackPostgresDeadlocks',
    when: 'when one deadlock was broken up',
    series: { [`pg_stat_database_deadlocks{$,${exporter},datname="chatstack"}`]: '0 0 1x20' },
    minutes: 10,
    fires: [],
  },
];
