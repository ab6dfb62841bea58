import type { AlertCase } from './alert-case.ts';

const a = 'instance="acme-service-a"';

const reads = (local: number, hit: number, miss: number) => ({
  [`cache_requests_total{$,${a},cache="local",result="hit"}`]: `0+${local}x60`,
  [`cache_requests_total{$,${a},cache="local",result="miss"}`]: `0+${hit + miss}x60`,
  [`cache_requests_total{$,${a},cache="history",result="hit"}`]: `0+${hit}x60`,
  [`cache_requests_total{$,${a},cache="history",result="miss"}`]: `0+${miss}x60`,
});

const statements = (kind: string, seconds: number, count: number) => ({
  [`db_statement_duration_seconds_sum{$,${a},kind="${kind}"}`]: `0+${seconds}x60`,
  [`db_statement_duration_seconds_count{$,${a},kind="${kind}"}`]: `0+${count}x60`,
});

/** Of the alerts on the service. */
export const serviceCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackServiceDown',
    when: 'when the last process can not be scraped for two minutes',
    series: { [`up{$,component="service",${a}}`]: '1x5 0x10' },
    minutes: 9,
    fires: [
      { severity: 'critical', description: 'Not one process of the chat service of acme lets itself be scraped.' },
    ],
  },
  {
    alert: 'ChatStackServiceDown',
    when: 'while one of two processes answers',
    series: { [`up{$,component="service",${a}}`]: '0x20', 'up{$,component="service",instance="b"}': '1x20' },
    minutes: 15,
    fires: [],
  },
  {
    alert: 'ChatStackReplicasMissing',
    when: 'when one process of two answers, and no operator tells',
    series: { [`up{$,component="service",${a}}`]: '1x30' },
    minutes: 20,
    input: { hasOperator: false },
    fires: [
      {
        severity: 'warning',
        labels: { component: 'service' },
        description: '1 of service can be scraped, 2 are wanted.',
      },
    ],
  },
  {
    alert: 'ChatStackReplicasMissing',
    when: 'when one pooler of two can be scraped, and no operator tells',
    series: { 'up{$,component="pgbouncer",instance="a"}': '1x30' },
    minutes: 20,
    input: { hasOperator: false },
    fires: [
      {
        severity: 'warning',
        labels: { component: 'pgbouncer' },
        description: '1 of pgbouncer can be scraped, 2 are wanted.',
      },
    ],
  },
  {
    alert: 'ChatStackReplicasMissing',
    when: 'while two processes of two answer, and no operator tells',
    series: { [`up{$,component="service",${a}}`]: '1x30', 'up{$,component="service",instance="b"}': '1x30' },
    minutes: 20,
    input: { hasOperator: false },
    fires: [],
  },
  {
    alert: 'ChatStackEventLoopSlow',
    when: 'when ready work waits for 300 ms for more than ten minutes',
    series: { [`nodejs_eventloop_lag_p99_seconds{$,component="service",${a}}`]: '0.3x20' },
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels: { instance: 'acme-service-a' },
        description: 'Ready work waits 300ms (p99) for the one thread of acme-service-a.',
      },
    ],
  },
  {
    alert: 'ChatStackEventLoopSlow',
    when: 'when ready work waits for 300 ms now and then',
    series: { [`nodejs_eventloop_lag_p99_seconds{$,component="service",${a}}`]: '0.3 0.3 0.02 0.3 0.3 0.02 0.3x8' },
    minutes: 13,
    fires: [],
  },
  {
    alert: 'ChatStackConnectionsRefused',
    when: 'when one process of two refuses connections',
    series: {
      [`http_connections_refused_total{$,${a}}`]: '0x5 0+60x20',
      'http_connections_refused_total{$,instance="b"}': '0x25',
    },
    minutes: 15,
    fires: [
      {
        severity: 'warning',
        labels: { instance: 'acme-service-a' },
        description: 'acme-service-a has as many connections as it takes, and refused about 300 within 5m.',
      },
    ],
  },
  {
    alert: 'ChatStackConnectionsRefused',
    when: 'while a process takes every connection, and started anew',
    series: { [`http_connections_refused_total{$,${a}}`]: '40x5 0x20' },
    minutes: 15,
    fires: [],
  },
  {
    alert: 'ChatStackConnectionsRefused',
    when: 'when connections were refused a quarter of an hour ago',
    series: { [`http_connections_refused_total{$,${a}}`]: '0x2 40x30' },
    minutes: 17,
    fires: [],
  },
  {
    alert: 'ChatStackOutboxLag',
    when: 'when a change waits to be announced for longer and longer',
    series: { [`outbox_oldest_seconds{$,${a}}`]: '0x2 30+60x10' },
    minutes: 6,
    fires: [{ severity: 'warning', description: 'A change was committed 3m 30s ago and no process has announced it.' }],
  },
  {
    alert: 'ChatStackOutboxLag',
    when: 'while changes wait no longer than a round of the relay takes',
    series: { [`outbox_oldest_seconds{$,${a}}`]: '0 2 1 0 2 1 0 2 1' },
    minutes: 8,
    fires: [],
  },
  {
    alert: 'ChatStackStatementsSlow',
    when: 'when a write takes a quarter of a second on average',
    series: { ...statements('write', 150, 600), ...statements('read', 6, 600) },
    minutes: 20,
    fires: [
      {
        severity: 'warning',
        labels: { kind: 'write' },
        description: 'A write statement of the service takes 250ms on average.',
      },
    ],
  },
  {
    alert: 'ChatStackStatementsSlow',
    when: 'while statements take 10 ms',
    series: statements('read', 6, 600),
    minutes: 20,
    fires: [],
  },
  {
    alert: 'ChatStackRedisUnavailable',
    when: 'when a process leaves Redis alone for two minutes',
    series: { [`redis_available{$,${a}}`]: '1x5 0x10', 'redis_available{$,instance="b"}': '1x15' },
    minutes: 9,
    fires: [
      {
        severity: 'warning',
        labels: { instance: 'acme-service-a' },
        description: 'acme-service-a leaves Redis alone, because it does not answer: pages come from Postgres.',
      },
    ],
  },
  {
    alert: 'ChatStackRedisUnavailable',
    when: 'when Redis is back within a minute',
    series: { [`redis_available{$,${a}}`]: '1x5 0 1x10' },
    minutes: 8,
    fires: [],
  },
  {
    alert: 'ChatStackCacheHitRatioLow',
    when: 'when half of the reads go to Postgres',
    series: reads(100, 200, 300),
    minutes: 25,
    fires: [
      {
        severity: 'warning',
        description: '50% of the reads of history are answered by the cache, the others by Postgres.',
      },
    ],
  },
  {
    alert: 'ChatStackCacheHitRatioLow',
    when: 'when Redis answers few of the reads, because the processes themselves answer the others',
    series: reads(900, 20, 80),
    minutes: 25,
    fires: [],
  },
  {
    alert: 'ChatStackCacheHitRatioLow',
    when: 'while hardly anybody reads',
    series: reads(0, 0, 30),
    minutes: 25,
    fires: [],
  },
];
