import { badAbove, type Chart, type ChartRow } from './chart.ts';
import { orNone, perSecond, quantile, quantileLines, select, total } from './promql.ts';
import * as signals from './signals.ts';

const { REQUESTS } = signals;
const requests = perSecond(`${REQUESTS}_count`);
const byInstance = '{{instance}}';

/** Traffic, errors, latency and saturation of a layer stand beside each other. */
const quarter = (chart: Omit<Chart, 'kind' | 'width'>): Chart => ({ kind: 'timeseries', width: 6, ...chart });

const service: ChartRow = {
  title: 'Service: what users see',
  charts: [
    quarter({
      title: 'Service: requests',
      description: 'Requests a second by status. What comes in decides what all layers below have to do.',
      unit: 'reqps',
      queries: [{ expression: perSecond(`${REQUESTS}_count`, ['status']), legend: '{{status}}' }],
      isStacked: true,
      more: 'chatstack-latency',
    }),
    quarter({
      title: 'Service: server errors',
      description:
        'Share of requests that were answered with a 5xx status. 503 means that Postgres was away or too slow.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${orNone(perSecond(`${REQUESTS}_count`, [], 'status=~"5.."'), requests)} / ${requests}`,
          legend: 'server errors',
        },
      ],
      steps: badAbove(0.001, 0.01),
      more: 'chatstack-latency',
    }),
    quarter({
      title: 'Service: latency',
      description:
        'Time from the arrival of a request to its answer. If it grows, the first layer below whose own latency grows with it is the cause.',
      unit: 's',
      queries: quantileLines(REQUESTS),
      hasExemplars: true,
      more: 'chatstack-latency',
    }),
    quarter({
      title: 'Service: event loop',
      description: 'Share of one core that each process works. Above 80 % requests wait for the process: add replicas.',
      unit: 'percentunit',
      queries: [{ expression: signals.eventLoopUse, legend: byInstance }],
      max: 1,
      steps: badAbove(0.8, 0.95),
      more: 'chatstack-latency',
    }),
  ],
};

const pgbouncer: ChartRow = {
  title: 'PgBouncer: the queue before Postgres',
  charts: [
    quarter({
      title: 'PgBouncer: transactions',
      description: 'Transactions a second by pooler. All poolers should carry about the same.',
      unit: 'ops',
      queries: [
        {
          expression: perSecond(
            'pgbouncer_stats_totals_sql_transactions_pooled_total',
            ['instance'],
            signals.CHAT_POOL,
          ),
          legend: byInstance,
        },
      ],
      more: 'chatstack-pgbouncer',
    }),
    quarter({
      title: 'PgBouncer: poolers that do not answer',
      description:
        'Poolers whose console does not answer the exporter. Anything above 0 for longer than a restart is bad.',
      unit: 'short',
      queries: [{ expression: `sum(1 - ${select('pgbouncer_up')})`, legend: 'not answering' }],
      steps: badAbove(1, 2),
      more: 'chatstack-pgbouncer',
    }),
    quarter({
      title: 'PgBouncer: wait for a connection',
      description:
        'Time for which a transaction waits on average until a connection to Postgres is free. If it grows while statements are as fast as ever, the pool is too small.',
      unit: 's',
      queries: [{ expression: signals.meanQueueWait, legend: byInstance }],
      more: 'chatstack-pgbouncer',
    }),
    quarter({
      title: 'PgBouncer: use of the pool',
      description: 'Share of the connections that each pooler may open (pool and reserve) which work for a client.',
      unit: 'percentunit',
      queries: [{ expression: signals.poolUse, legend: byInstance }],
      max: 1,
      steps: badAbove(0.8, 0.9),
      more: 'chatstack-pgbouncer',
    }),
  ],
};

const postgres: ChartRow = {
  title: 'Postgres: where messages are kept',
  charts: [
    quarter({
      title: 'Postgres: transactions',
      description: 'Transactions a second that ended by COMMIT and by ROLLBACK.',
      unit: 'ops',
      queries: [
        { expression: perSecond('pg_stat_database_xact_commit', [], signals.DATABASES), legend: 'committed' },
        { expression: perSecond('pg_stat_database_xact_rollback', [], signals.DATABASES), legend: 'rolled back' },
      ],
      more: 'chatstack-database',
    }),
    quarter({
      title: 'Postgres: failed statements',
      description:
        'Statements a second that Postgres refused or did not answer in time, as the service saw it, by kind.',
      unit: 'ops',
      queries: [{ expression: perSecond('db_statement_errors_total', ['kind']), legend: '{{kind}}' }],
      more: 'chatstack-database',
    }),
    quarter({
      title: 'Postgres: time of a statement',
      description:
        'Mean time within Postgres, beside what 95 % of the statements of the service take, which includes the way there and the pooler. If only the latter grows, look at PgBouncer.',
      unit: 's',
      queries: [
        { expression: signals.meanStatementTime, legend: 'mean within Postgres' },
        { expression: quantile(0.95, 'db_statement_duration_seconds'), legend: 'p95 as the service sees it' },
      ],
      more: 'chatstack-database',
    }),
    quarter({
      title: 'Postgres: use of connections',
      description: 'Share of the connections that Postgres accepts of ordinary users which are open.',
      unit: 'percentunit',
      queries: [{ expression: `${signals.openConnections} / (${signals.acceptedConnections})`, legend: 'open' }],
      max: 1,
      steps: badAbove(0.8, 0.95),
      more: 'chatstack-database',
    }),
  ],
};

const redis: ChartRow = {
  title: 'Redis: cache and events; losing it costs speed, never data',
  charts: [
    quarter({
      title: 'Redis: commands',
      description: 'Commands a second that Redis carries out.',
      unit: 'ops',
      queries: [{ expression: perSecond('redis_commands_processed_total', ['instance']), legend: byInstance }],
      more: 'chatstack-redis',
    }),
    quarter({
      title: 'Redis: failed commands',
      description: 'Commands a second that Redis refused or did not answer within 100 ms, as the service saw it.',
      unit: 'ops',
      queries: [{ expression: perSecond('redis_command_errors_total'), legend: 'failed' }],
      more: 'chatstack-redis',
    }),
    quarter({
      title: 'Redis: time of a command',
      description:
        'Time of a command as the service sees it. One that takes 100 ms is given up, and Postgres is asked.',
      unit: 's',
      queries: quantileLines('redis_command_duration_seconds'),
      more: 'chatstack-redis',
    }),
    quarter({
      title: 'Redis: use of memory',
      description: 'Share of maxmemory in use. A full cache is usual: Redis then evicts what was used least.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${total('redis_memory_used_bytes', ['instance'])} / (${total('redis_memory_max_bytes', ['instance'])} > 0)`,
          legend: byInstance,
        },
      ],
      max: 1,
      ifAbsent: 'no maxmemory is set',
      more: 'chatstack-redis',
    }),
  ],
};

const realtime: ChartRow = {
  title: 'Realtime: what WebSockets are told',
  charts: [
    quarter({
      title: 'Realtime: deliveries',
      description: 'Frames a second that were written to WebSockets: events, and news such as typing.',
      unit: 'ops',
      queries: [{ expression: perSecond('realtime_deliveries_total', ['kind']), legend: '{{kind}}' }],
      more: 'chatstack-realtime',
    }),
    quarter({
      title: 'Realtime: catch-ups that failed',
      description:
        'Catch-ups a second that could not tell all that was missed (unrecovered), were refused or failed. Clients read their conversations anew then.',
      unit: 'ops',
      queries: [
        {
          expression: perSecond('realtime_catch_ups_total', ['result'], 'result=~"unrecovered|refused|failed"'),
          legend: '{{result}}',
        },
      ],
      more: 'chatstack-realtime',
    }),
    quarter({
      title: 'Realtime: oldest change not announced',
      description:
        'Age of the oldest committed change that subscribers were not told of. 0 as long as none is older than 1 s.',
      unit: 's',
      queries: [{ expression: `max(${select('outbox_oldest_seconds')})`, legend: 'oldest' }],
      more: 'chatstack-realtime',
    }),
    quarter({
      title: 'Realtime: open WebSockets',
      description: 'Open WebSockets by process. After a roll-out they should be spread evenly again.',
      unit: 'short',
      queries: [{ expression: total('realtime_connections', ['instance']), legend: byInstance }],
      isStacked: true,
      more: 'chatstack-realtime',
    }),
  ],
};

/** The golden signals of each layer, from the users down. */
export const layers: readonly ChartRow[] = [service, pgbouncer, postgres, redis, realtime];
