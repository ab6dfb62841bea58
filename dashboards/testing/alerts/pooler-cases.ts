import type { AlertCase } from './alert-case.ts';

const a = 'instance="acme-pgbouncer-a"';
const pool = 'database="chatstack",user="chatstack"';
const labels = { instance: 'acme-pgbouncer-a' };

const waiting = (seconds: number, assignments: number) => ({
  [`pgbouncer_stats_totals_client_wait_seconds_total{$,${a},database="chatstack"}`]: `0+${seconds}x30`,
  [`pgbouncer_stats_totals_server_assignments_total{$,${a},database="chatstack"}`]: `0+${assignments}x30`,
});

const connections = (active: string, clientsWaiting: string) => ({
  [`pgbouncer_pools_server_active_connections{$,${a},${pool}}`]: active,
  [`pgbouncer_pools_client_waiting_connections{$,${a},${pool}}`]: clientsWaiting,
});

/** Of the alerts on PgBouncer. */
export const poolerCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackPoolerDown',
    when: 'as critical when no pooler answers',
    series: { [`pgbouncer_up{$,${a}}`]: '1x5 0x4', 'pgbouncer_up{$,instance="b"}': '1x5 0x4' },
    minutes: 9,
    fires: [{ severity: 'critical', description: 'No PgBouncer of acme answers: the service can not reach Postgres.' }],
  },
  {
    alert: 'ChatStackPoolerDown',
    when: 'as a warning when one pooler of two does not answer',
    series: { [`pgbouncer_up{$,${a}}`]: '1x5 0x10', 'pgbouncer_up{$,instance="b"}': '1x15' },
    minutes: 12,
    fires: [
      { severity: 'warning', labels, description: 'The PgBouncer of acme-pgbouncer-a does not answer its exporter.' },
    ],
  },
  {
    alert: 'ChatStackPoolerDown',
    when: 'as a warning when one pooler of two hangs, so that its exporter does not answer in time',
    series: {
      [`pgbouncer_up{$,${a}}`]: '1x5 stale',
      'pgbouncer_up{$,instance="b"}': '1x15',
      [`up{$,component="pgbouncer",${a}}`]: '1x5 0x10',
      [`scrape_duration_seconds{$,component="pgbouncer",${a}}`]: '0.1x5 10x10',
    },
    minutes: 12,
    fires: [
      { severity: 'warning', labels, description: 'The PgBouncer of acme-pgbouncer-a does not answer its exporter.' },
    ],
  },
  {
    alert: 'ChatStackPoolerDown',
    when: 'while both poolers answer, and when one of them is away for a minute',
    series: { [`pgbouncer_up{$,${a}}`]: '1x5 0 1x10', 'pgbouncer_up{$,instance="b"}': '1x15' },
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackPoolQueueWait',
    when: 'when a client waits for 700 ms for minutes',
    series: {
      'chatstack_pool_max_wait_seconds{$,pod="acme-pgbouncer-a"}': '0.1x3 0.7x10',
      'chatstack_pool_max_wait_seconds{$,pod="acme-pgbouncer-b"}': '0.01x15',
    },
    minutes: 8,
    fires: [
      {
        severity: 'warning',
        labels: { pod: 'acme-pgbouncer-a' },
        description: 'In acme-pgbouncer-a a client has waited for 700ms for a connection to Postgres.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolQueueWait',
    when: 'when a client waited for 700 ms once',
    series: { 'chatstack_pool_max_wait_seconds{$,pod="acme-pgbouncer-a"}': '0.1x3 0.7 0.1x10' },
    minutes: 8,
    fires: [],
  },
  {
    alert: 'ChatStackPoolMeanWait',
    when: 'when a transaction waits for 600 ms on average',
    series: waiting(360, 600),
    minutes: 12,
    fires: [
      {
        severity: 'critical',
        labels,
        description: 'In acme-pgbouncer-a a transaction waits 600ms on average for a connection.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolMeanWait',
    when: 'while a transaction waits for 10 ms on average, and without transactions',
    series: {
      ...waiting(6, 600),
      'pgbouncer_stats_totals_client_wait_seconds_total{$,instance="b",database="chatstack"}': '5x30',
      'pgbouncer_stats_totals_server_assignments_total{$,instance="b",database="chatstack"}': '5x30',
    },
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackPoolClientsWaiting',
    when: 'when more clients wait than the pool has connections',
    series: connections('20x20', '30x20'),
    minutes: 7,
    fires: [
      { severity: 'warning', labels, description: '30 clients of acme-pgbouncer-a wait; its pool has 20 connections.' },
    ],
  },
  {
    alert: 'ChatStackPoolClientsWaiting',
    when: 'while a few clients wait, and whoever waits for the console',
    series: {
      ...connections('20x20', '5x20'),
      [`pgbouncer_pools_client_waiting_connections{$,${a},database="pgbouncer",user="pgbouncer"}`]: '100x20',
    },
    minutes: 7,
    fires: [],
  },
  {
    alert: 'ChatStackPoolSaturated',
    when: 'as a warning when 17 of 20 connections are in use',
    series: connections('17x20', '3x20'),
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels,
        description: '85% of the 20 connections (5 more in reserve) of acme-pgbouncer-a are in a transaction.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolSaturated',
    when: 'as critical too when all connections are in use and clients wait',
    series: connections('20x20', '1x20'),
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels,
        description: '100% of the 20 connections (5 more in reserve) of acme-pgbouncer-a are in a transaction.',
      },
      {
        severity: 'critical',
        labels,
        description:
          '100% of the 20 connections (5 more in reserve) of acme-pgbouncer-a are in a transaction, and clients wait.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolSaturated',
    when: 'as a warning alone when nobody waits although all connections are in use',
    series: connections('20x20', '0x20'),
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels,
        description: '100% of the 20 connections (5 more in reserve) of acme-pgbouncer-a are in a transaction.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolSaturated',
    when: 'while half of the connections are in use',
    series: connections('10x20', '0x20'),
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackPoolerClientLimit',
    when: 'when a pooler has 9,000 clients of 10,000',
    series: { [`pgbouncer_used_clients{$,${a}}`]: '9000x20' },
    minutes: 7,
    fires: [
      {
        severity: 'critical',
        labels,
        description: 'acme-pgbouncer-a has 90% of its max_client_conn of 10000 clients.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolerClientLimit',
    when: 'while a pooler has 5,000 clients of 10,000',
    series: { [`pgbouncer_used_clients{$,${a}}`]: '5000x20' },
    minutes: 7,
    fires: [],
  },
  {
    alert: 'ChatStackPoolerCpuHigh',
    when: 'once when a pooler uses 0.9 cores, as its exporter and cAdvisor see it',
    series: {
      [`pgbouncer_process_cpu_seconds_total{$,${a}}`]: '0+54x30',
      'container_cpu_usage_seconds_total{namespace="chat",pod="acme-pgbouncer-a",container="pgbouncer"}': '0+54x30',
    },
    minutes: 18,
    fires: [
      {
        severity: 'warning',
        labels,
        description: 'acme-pgbouncer-a uses 0.9 cores; PgBouncer has one thread and can use no more than one.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolerCpuHigh',
    when: 'when a pooler uses 0.9 cores, as cAdvisor alone sees it',
    series: {
      'container_cpu_usage_seconds_total{namespace="chat",pod="acme-pgbouncer-a",container="pgbouncer"}': '0+54x30',
    },
    minutes: 18,
    fires: [
      {
        severity: 'warning',
        labels: { pod: 'acme-pgbouncer-a' },
        description: 'acme-pgbouncer-a uses 0.9 cores; PgBouncer has one thread and can use no more than one.',
      },
    ],
  },
  {
    alert: 'ChatStackPoolerCpuHigh',
    when: 'when a pooler of another stack, or the exporter beside it is busy',
    series: {
      [`pgbouncer_process_cpu_seconds_total{$,${a}}`]: '0+6x30',
      'container_cpu_usage_seconds_total{namespace="chat",pod="other-pgbouncer-a",container="pgbouncer"}': '0+54x30',
      'container_cpu_usage_seconds_total{namespace="chat",pod="acme-pgbouncer-a",container="exporter"}': '0+54x30',
    },
    minutes: 18,
    fires: [],
  },
];
