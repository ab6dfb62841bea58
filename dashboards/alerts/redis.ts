import type { Alert } from './alert.ts';
import { hanging, percent, perStack, type Scope } from './scope.ts';

/** Alerts on Redis, as its exporter sees it. Losing Redis costs speed, never data: none of them is critical. */
export const buildRedisAlerts = (scope: Scope): readonly Alert[] =>
  scope.input.hasRedis ? [redisDown(scope), memoryHigh(scope), evictions(scope), rejectedConnections(scope)] : [];

const redisDown = (scope: Scope): Alert => ({
  name: 'ChatStackRedisDown',
  severity: 'warning',
  component: 'redis',
  expression: `max ${perStack} (${scope.series('redis_up')}) == 0\nor max ${perStack} ${hanging(scope, 'redis')}`,
  for: '2m',
  summary: 'Redis does not answer',
  description: `Redis of ${scope.input.stack} does not answer its exporter: every page is read from Postgres.`,
  when: 'Redis does not let its exporter in, or does not answer it in time',
  threshold: '0',
});

/** Pages live a minute at most, so memory that stays used up is too small for what is read within a minute. */
const memoryHigh = ({ series, thresholds, input }: Scope): Alert => {
  const most =
    input.redisMaxMemoryBytes > 0 ? `${input.redisMaxMemoryBytes}` : `(${series('redis_memory_max_bytes')} > 0)`;
  return {
    name: 'ChatStackRedisMemoryHigh',
    severity: 'warning',
    component: 'redis',
    expression: `${series('redis_memory_used_bytes')} / ${most} > ${thresholds.redisMemoryUse}`,
    for: '15m',
    summary: 'Redis has used up its memory',
    description: 'Redis uses {{ $value | humanizePercentage }} of its maxmemory.',
    when: 'memory of Redis, where maxmemory is above 0',
    threshold: `> ${percent(thresholds.redisMemoryUse)} of maxmemory`,
  };
};

const evictions = ({ series, thresholds, window }: Scope): Alert => ({
  name: 'ChatStackRedisEvictions',
  severity: 'warning',
  component: 'redis',
  expression: `rate(${series('redis_evicted_keys_total')}[${window}]) > ${thresholds.evictionsPerSecond}`,
  for: '10m',
  summary: 'Redis evicts pages before they expire',
  description: 'Redis evicts {{ $value | humanize }} keys a second for lack of memory.',
  when: 'keys that Redis evicts a second',
  threshold: `> ${thresholds.evictionsPerSecond}`,
});

/** A Redis that is full refuses its exporter too, which then tells nothing of it: so the alert begins before. */
const rejectedConnections = ({ series, thresholds, window }: Scope): Alert => ({
  name: 'ChatStackRedisConnectionsRejected',
  severity: 'warning',
  component: 'redis',
  expression: `${series('redis_connected_clients')} / ${series('redis_config_maxclients')} > ${thresholds.redisClientUse}\nor increase(${series('redis_rejected_connections_total')}[${window}]) > 0`,
  for: '1m',
  summary: 'Redis refuses connections, or soon will',
  description:
    'The clients of {{ $labels.instance }} are about as many as its maxclients allows, or were a moment ago.',
  when: `clients of Redis; or connections that it refused within ${window}`,
  threshold: `> ${percent(thresholds.redisClientUse)} of maxclients; > 0`,
});
