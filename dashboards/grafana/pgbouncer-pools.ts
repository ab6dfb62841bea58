import { badAbove, type ChartRow, type Sheet } from './chart.ts';
import { mean, perSecond, quantile, select, total } from './promql.ts';
import { CHAT_DATABASE, CHAT_POOL, meanQueueWait, poolLimit, poolUse } from './signals.ts';

const TOTALS = 'pgbouncer_stats_totals';
const byInstance = '{{instance}}';
const STATES = ['active', 'idle', 'used', 'testing', 'login'];

const glance: ChartRow = {
  title: 'At a glance',
  charts: [
    {
      kind: 'stat',
      width: 4,
      title: 'Poolers',
      description: 'Poolers whose console answers the exporter.',
      unit: 'short',
      queries: [{ expression: total('pgbouncer_up'), legend: 'poolers' }],
      steps: [{ color: 'red' }, { color: 'green', from: 1 }],
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Pool, all poolers',
      description: 'Connections to Postgres that all poolers may keep open together, without their reserve.',
      unit: 'short',
      queries: [{ expression: total('pgbouncer_databases_pool_size', [], CHAT_DATABASE), legend: 'pool' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Clients',
      description: 'Clients that are linked to a connection or wait for one.',
      unit: 'short',
      queries: [
        {
          expression: `${total('pgbouncer_pools_client_active_connections', [], CHAT_POOL)} + ${total('pgbouncer_pools_client_waiting_connections', [], CHAT_POOL)}`,
          legend: 'clients',
        },
      ],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Waiting clients',
      description:
        'Clients that wait for a connection at the moment. Some for a moment is usual, many for long is a small pool.',
      unit: 'short',
      queries: [{ expression: total('pgbouncer_pools_client_waiting_connections', [], CHAT_POOL), legend: 'waiting' }],
      steps: badAbove(10, 50),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Mean wait',
      description: 'How long a transaction waits in the slowest pooler on average.',
      unit: 's',
      queries: [{ expression: `max(${meanQueueWait})`, legend: 'wait' }],
      steps: badAbove(0.1, 0.5),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Use of the fullest pool',
      description: 'Share of pool and reserve that works for a client, in the pooler where that is most.',
      unit: 'percentunit',
      queries: [{ expression: `max(${poolUse})`, legend: 'use' }],
      max: 1,
      steps: badAbove(0.8, 0.9),
    },
  ],
};

const queue: ChartRow = {
  title: 'The queue',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Mean wait for a connection',
      description:
        'Time that each transaction spent in the queue on average. The tuner aims at 0.5 s at most and warns before.',
      unit: 's',
      queries: [{ expression: meanQueueWait, legend: byInstance }],
      steps: badAbove(0.1, 0.5),
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Longest wait at the moment',
      description:
        'How long the first client in the queue waits, as the operator reads it to the microsecond, beside the exporter, which knows whole seconds alone.',
      unit: 's',
      queries: [
        {
          expression: `max by (pod) (${select('chatstack_pool_max_wait_seconds')})`,
          legend: '{{pod}}, by the operator',
        },
        {
          expression: `max by (instance) (${select('pgbouncer_pools_client_maxwait_seconds', CHAT_POOL)})`,
          legend: '{{instance}}, by the exporter',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Clients',
      description: 'Clients that are linked to a connection, and those that wait for one.',
      unit: 'short',
      queries: ['active', 'waiting'].map((state) => ({
        expression: total(`pgbouncer_pools_client_${state}_connections`, [], CHAT_POOL),
        legend: state,
      })),
      isStacked: true,
    },
  ],
};

const pool: ChartRow = {
  title: 'The pool',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Connections to Postgres by state',
      description:
        'Active ones work for a client, idle ones are free, used ones are checked before they are. The lines are what poolers may open: the pool, and the reserve on top for clients that have waited long.',
      unit: 'short',
      queries: [
        ...STATES.map((state) => ({
          expression: total(`pgbouncer_pools_server_${state}_connections`, [], CHAT_POOL),
          legend: state,
        })),
        { expression: total('pgbouncer_databases_pool_size', [], CHAT_DATABASE), legend: 'pool' },
        { expression: `sum(${poolLimit})`, legend: 'pool and reserve' },
      ],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Use of the pool',
      description: 'Share of pool and reserve that works for a client, by pooler.',
      unit: 'percentunit',
      queries: [{ expression: poolUse, legend: byInstance }],
      max: 1,
      steps: badAbove(0.8, 0.9),
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Use of client slots',
      description: 'Share of max_client_conn in use, by pooler. At 100 % further clients are refused.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${total('pgbouncer_used_clients', ['instance'])} / ${total('pgbouncer_config_max_client_connections', ['instance'])}`,
          legend: byInstance,
        },
      ],
      max: 1,
      steps: badAbove(0.8, 0.95),
    },
  ],
};

const work: ChartRow = {
  title: 'What passes through',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Transactions',
      description: 'Transactions a second by pooler. All should carry about the same.',
      unit: 'ops',
      queries: [
        {
          expression: perSecond(`${TOTALS}_sql_transactions_pooled_total`, ['instance'], CHAT_POOL),
          legend: byInstance,
        },
      ],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Time of a transaction and of a query',
      description:
        'Mean time for which a transaction keeps its connection, and of a query within Postgres. Transactions that last much longer than their queries hold connections idle.',
      unit: 's',
      queries: [
        {
          expression: mean(
            `${TOTALS}_server_in_transaction_seconds_total`,
            `${TOTALS}_sql_transactions_pooled_total`,
            [],
            CHAT_POOL,
          ),
          legend: 'transaction',
        },
        {
          expression: mean(`${TOTALS}_queries_duration_seconds_total`, `${TOTALS}_queries_pooled_total`, [], CHAT_POOL),
          legend: 'query',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Traffic',
      description: 'Bytes a second that clients sent to the poolers and got from them.',
      unit: 'Bps',
      queries: [
        { expression: perSecond(`${TOTALS}_received_bytes_total`, [], CHAT_POOL), legend: 'received' },
        { expression: perSecond(`${TOTALS}_sent_bytes_total`, [], CHAT_POOL), legend: 'sent' },
      ],
    },
  ],
};

const clients: ChartRow = {
  title: 'Its client: the pools of the service',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Connections of service processes',
      description:
        'Connections to PgBouncer that all processes have open, how many are idle, and requests that wait for one.',
      unit: 'short',
      queries: ['total', 'idle', 'waiting'].map((state) => ({
        expression: total(`db_pool_${state}_connections`),
        legend: state,
      })),
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Wait for a connection of the process',
      description:
        'What 99 % of the requests stay below until their process gave them a connection. Requests fail at 2 s.',
      unit: 's',
      queries: [{ expression: quantile(0.99, 'db_pool_acquire_seconds', ['instance']), legend: byInstance }],
    },
  ],
};

/** Whether clients wait for connections to Postgres, and why. */
export const pgbouncerPools: Sheet = {
  uid: 'chatstack-pgbouncer',
  title: 'PgBouncer pools',
  description:
    'Whether requests wait for a connection to Postgres, in which pooler, and whether the pool is too small or Postgres too slow.',
  series: 'up',
  rows: [glance, queue, pool, work, clients],
};
