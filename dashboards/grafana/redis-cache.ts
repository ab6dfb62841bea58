import { badAbove, badBelow, type ChartRow, type Sheet } from './chart.ts';
import { aggregate, mean, orNone, perSecond, quantile, rateOf, select, total } from './promql.ts';
import { cacheHitRatio } from './signals.ts';

const misses = (cache: string) => perSecond('cache_requests_total', [], `cache="${cache}"`, 'result="miss"');
const hits = (cache: string) =>
  orNone(perSecond('cache_requests_total', [], `cache="${cache}"`, 'result="hit"'), misses(cache));
const ratio = (cache: string) => `${hits(cache)} / (${hits(cache)} + ${misses(cache)})`;

const glance: ChartRow = {
  title: 'At a glance',
  charts: [
    {
      kind: 'stat',
      width: 4,
      title: 'Hit ratio',
      description: 'Share of reads of history that Postgres was not asked for. Below 60 % the cache hardly pays.',
      unit: 'percentunit',
      queries: [{ expression: cacheHitRatio, legend: 'hit ratio' }],
      steps: badBelow(0.6, 0.3),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Redis',
      description: 'Whether Redis answers the exporter.',
      unit: 'short',
      queries: [{ expression: `min(${select('redis_up')})`, legend: 'Redis' }],
      steps: [{ color: 'red' }, { color: 'green', from: 1 }],
      words: { '0': 'down', '1': 'up' },
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Processes that use Redis',
      description:
        'Share of service processes that send commands to Redis; the others leave it alone for a while after it failed them.',
      unit: 'percentunit',
      queries: [{ expression: `avg(${select('redis_available')})`, legend: 'use it' }],
      steps: badBelow(1, 0.5),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Processes with a whole stream',
      description:
        'Share of service processes that know of every event up to a moment ago. Only they serve pages that they keep themselves.',
      unit: 'percentunit',
      queries: [{ expression: `avg(${select('cache_stream_healthy')})`, legend: 'whole stream' }],
      steps: badBelow(1, 0.5),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Memory',
      description: 'Bytes that Redis uses, with its overhead.',
      unit: 'bytes',
      queries: [{ expression: total('redis_memory_used_bytes'), legend: 'used' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Keys',
      description: 'Keys of all databases of Redis: pages, markers of conversations, limits and presence.',
      unit: 'short',
      queries: [{ expression: total('redis_db_keys'), legend: 'keys' }],
      steps: [{ color: 'blue' }],
    },
  ],
};

const cache: ChartRow = {
  title: 'The cache of history, as the service sees it',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Hit ratio by tier',
      description:
        'Of all reads, of those of pages kept in the process, and of those that Redis was asked for then. The process takes the easy ones, so that the ratio of Redis alone is lower.',
      unit: 'percentunit',
      queries: [
        { expression: cacheHitRatio, legend: 'all reads' },
        { expression: ratio('local'), legend: 'kept in the process' },
        { expression: ratio('history'), legend: 'in Redis' },
      ],
      max: 1,
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Reads by tier and result',
      description:
        'Reads a second. bypass: not asked, to stay consistent; error: Redis was away. Both are answered from Postgres.',
      unit: 'ops',
      queries: [{ expression: perSecond('cache_requests_total', ['cache', 'result']), legend: '{{cache}} {{result}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Stored and made unservable',
      description:
        'Pages a second that were stored, and sends a second that made the pages of their conversation unservable.',
      unit: 'ops',
      queries: [
        { expression: perSecond('cache_sets_total'), legend: 'stored' },
        { expression: perSecond('cache_invalidations_total'), legend: 'made unservable' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Invalidations that wait',
      description:
        'Conversations whose change has not reached Redis yet. Their process does not serve them from the cache meanwhile.',
      unit: 'short',
      queries: [{ expression: total('cache_pending_invalidations', ['instance']), legend: '{{instance}}' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Pages kept in processes',
      description: 'Bytes of the pages that each process keeps itself; at most CACHE_LOCAL_BYTES, 32 MiB unless told.',
      unit: 'bytes',
      queries: [{ expression: total('cache_local_bytes', ['instance']), legend: '{{instance}}' }],
    },
  ],
};

const commands: ChartRow = {
  title: 'Commands',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Time of a command, as the service sees it, p99',
      description: 'By command, or by the name of a script. One that takes 100 ms is given up, and Postgres is asked.',
      unit: 's',
      queries: [{ expression: quantile(0.99, 'redis_command_duration_seconds', ['command']), legend: '{{command}}' }],
      steps: badAbove(0.05, 0.1),
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Mean time of a command within Redis',
      description:
        'The ten commands on which Redis spends most time. Redis has one thread: a slow command holds up all others.',
      unit: 's',
      queries: [
        {
          expression: `${mean('redis_commands_duration_seconds_total', 'redis_commands_total', ['cmd'])} and topk(10, ${perSecond('redis_commands_duration_seconds_total', ['cmd'])})`,
          legend: '{{cmd}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Commands',
      description: 'The ten commands that are sent most, per second.',
      unit: 'ops',
      queries: [{ expression: `topk(10, ${perSecond('redis_commands_total', ['cmd'])})`, legend: '{{cmd}}' }],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Failed commands',
      description: 'Commands a second that Redis refused or did not answer in time, as the service saw it.',
      unit: 'ops',
      queries: [{ expression: perSecond('redis_command_errors_total', ['instance']), legend: '{{instance}}' }],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Use of a core',
      description:
        'Share of one core that Redis works, for users and within the system. It has one thread for commands.',
      unit: 'percentunit',
      queries: [
        {
          expression: aggregate(
            'sum',
            ['instance'],
            `${rateOf(select('redis_cpu_user_seconds_total'))} + ${rateOf(select('redis_cpu_sys_seconds_total'))}`,
          ),
          legend: '{{instance}}',
        },
      ],
      max: 1,
      steps: badAbove(0.7, 0.9),
    },
  ],
};

const memory: ChartRow = {
  title: 'Memory, keys and clients',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Memory against its limit',
      description:
        'Used by Redis, resident, and maxmemory (0 where none is set). At the limit Redis evicts what was used least.',
      unit: 'bytes',
      queries: [
        { expression: total('redis_memory_used_bytes'), legend: 'used' },
        { expression: total('redis_memory_used_rss_bytes'), legend: 'resident' },
        { expression: total('redis_memory_max_bytes'), legend: 'maxmemory' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Evicted and expired keys',
      description:
        'Keys a second that ended by their TTL, which is usual, and that had to make room, which means little memory.',
      unit: 'ops',
      queries: [
        { expression: perSecond('redis_expired_keys_total'), legend: 'expired' },
        { expression: perSecond('redis_evicted_keys_total'), legend: 'evicted' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Keys found in Redis',
      description:
        'Share of all look-ups of keys that found one, of markers and limits too: not the hit ratio of the cache.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${perSecond('redis_keyspace_hits_total')} / (${perSecond('redis_keyspace_hits_total')} + ${perSecond('redis_keyspace_misses_total')})`,
          legend: 'found',
        },
      ],
      max: 1,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Clients',
      description:
        'Open connections, and those that wait in a blocking command. Each service process has two: for commands, and for events.',
      unit: 'short',
      queries: [
        { expression: total('redis_connected_clients'), legend: 'connected' },
        { expression: total('redis_blocked_clients'), legend: 'blocked' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Refused connections',
      description: 'Connections a second that Redis refused because it has maxclients already. 0 is usual.',
      unit: 'ops',
      queries: [{ expression: perSecond('redis_rejected_connections_total'), legend: 'refused' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Traffic',
      description: 'Bytes a second that Redis read and wrote.',
      unit: 'Bps',
      queries: [
        { expression: perSecond('redis_net_input_bytes_total'), legend: 'read' },
        { expression: perSecond('redis_net_output_bytes_total'), legend: 'written' },
      ],
    },
  ],
};

/** Whether the cache pays, and whether Redis keeps up. */
export const redisCache: Sheet = {
  uid: 'chatstack-redis',
  title: 'Redis cache',
  description: 'Whether the cache spares Postgres its reads, why not where it does not, and whether Redis keeps up.',
  series: 'up',
  rows: [glance, cache, commands, memory],
};
