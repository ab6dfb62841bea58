import type { AlertCase } from './alert-case.ts';

const exporter = 'instance="acme-exporters-a"';
const mebibyte = 1024 ** 2;
const labels = { instance: 'acme-exporters-a' };
const fullOfClients =
  'The clients of acme-exporters-a are about as many as its maxclients allows, or were a moment ago.';

/** Of the alerts on Redis. */
export const redisCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackRedisDown',
    when: 'when Redis does not answer for more than two minutes',
    series: { [`redis_up{$,${exporter}}`]: '1x5 0x10' },
    minutes: 9,
    fires: [
      {
        severity: 'warning',
        description: 'Redis of acme does not answer its exporter: every page is read from Postgres.',
      },
    ],
  },
  {
    alert: 'ChatStackRedisDown',
    when: 'when Redis hangs, so that its exporter does not answer in time',
    series: {
      [`redis_up{$,${exporter}}`]: '1x5 stale',
      [`up{$,component="redis",${exporter}}`]: '1x5 0x10',
      [`scrape_duration_seconds{$,component="redis",${exporter}}`]: '0.1x5 10x10',
    },
    minutes: 9,
    fires: [
      {
        severity: 'warning',
        description: 'Redis of acme does not answer its exporter: every page is read from Postgres.',
      },
    ],
  },
  {
    alert: 'ChatStackRedisDown',
    when: 'when Redis restarts within a minute',
    series: { [`redis_up{$,${exporter}}`]: '1x5 0 1x10' },
    minutes: 9,
    fires: [],
  },
  {
    alert: 'ChatStackRedisMemoryHigh',
    when: 'when 125 MiB of 128 MiB are in use',
    series: { [`redis_memory_used_bytes{$,${exporter}}`]: `${125 * mebibyte}x30` },
    minutes: 17,
    fires: [{ severity: 'warning', labels, description: 'Redis uses 97.66% of its maxmemory.' }],
  },
  {
    alert: 'ChatStackRedisMemoryHigh',
    when: 'when nobody but Redis itself knows its maxmemory',
    series: {
      [`redis_memory_used_bytes{$,${exporter}}`]: `${95 * mebibyte}x30`,
      [`redis_memory_max_bytes{$,${exporter}}`]: `${100 * mebibyte}x30`,
    },
    minutes: 17,
    input: { redisMaxMemoryBytes: 0 },
    fires: [{ severity: 'warning', labels, description: 'Redis uses 95% of its maxmemory.' }],
  },
  {
    alert: 'ChatStackRedisMemoryHigh',
    when: 'while half is in use',
    series: { [`redis_memory_used_bytes{$,${exporter}}`]: `${64 * mebibyte}x30` },
    minutes: 17,
    fires: [],
  },
  {
    alert: 'ChatStackRedisMemoryHigh',
    when: 'when Redis has no maxmemory',
    series: {
      [`redis_memory_used_bytes{$,${exporter}}`]: `${95 * mebibyte}x30`,
      [`redis_memory_max_bytes{$,${exporter}}`]: '0x30',
    },
    minutes: 17,
    input: { redisMaxMemoryBytes: 0 },
    fires: [],
  },
  {
    alert: 'ChatStackRedisEvictions',
    when: 'when 50 keys a second are evicted',
    series: { [`redis_evicted_keys_total{$,${exporter}}`]: '0+3000x30' },
    minutes: 18,
    fires: [{ severity: 'warning', labels, description: 'Redis evicts 50 keys a second for lack of memory.' }],
  },
  {
    alert: 'ChatStackRedisEvictions',
    when: 'while one key a second is evicted',
    series: { [`redis_evicted_keys_total{$,${exporter}}`]: '0+60x30' },
    minutes: 18,
    fires: [],
  },
  {
    alert: 'ChatStackRedisConnectionsRejected',
    when: 'when connections are refused',
    series: { [`redis_rejected_connections_total{$,${exporter}}`]: '0x5 0+4x20' },
    minutes: 10,
    fires: [{ severity: 'warning', labels, description: fullOfClients }],
  },
  {
    alert: 'ChatStackRedisConnectionsRejected',
    when: 'when clients come near to maxclients, while the exporter still gets in',
    series: {
      [`redis_connected_clients{$,${exporter}}`]: '10+800x4 3300x10',
      [`redis_config_maxclients{$,${exporter}}`]: '4000x20',
      [`redis_rejected_connections_total{$,${exporter}}`]: '0x20',
    },
    minutes: 7,
    fires: [{ severity: 'warning', labels, description: fullOfClients }],
  },
  {
    alert: 'ChatStackRedisConnectionsRejected',
    when: 'while half of maxclients are connected, and none was refused',
    series: {
      [`redis_connected_clients{$,${exporter}}`]: '2000x20',
      [`redis_config_maxclients{$,${exporter}}`]: '4000x20',
      [`redis_rejected_connections_total{$,${exporter}}`]: '7x20',
    },
    minutes: 10,
    fires: [],
  },
  {
    alert: 'ChatStackRedisConnectionsRejected',
    when: 'when connections were refused an hour ago',
    series: { [`redis_rejected_connections_total{$,${exporter}}`]: '0 40x80' },
    minutes: 60,
    fires: [],
  },
];
