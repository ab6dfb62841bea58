import { badAbove, badBelow, type ChartRow, type Sheet } from './chart.ts';
import { operatorWork } from './operator-work.ts';
import { aggregate, select, total } from './promql.ts';

const conditions = aggregate('max', ['type', 'reason'], select('chatstack_condition'));
const ready = total('chatstack_component_ready_replicas', ['component']);
const wanted = total('chatstack_component_wanted_replicas', ['component']);
const restarts = aggregate('sum', ['component'], `increase(${select('chatstack_component_restarts_total')}[1h])`);

const stack: ChartRow = {
  title: 'The stack',
  charts: [
    {
      kind: 'stat',
      width: 4,
      title: 'Ready',
      description: 'Condition Ready of the ChatStack.',
      unit: 'short',
      queries: [{ expression: `max(${select('chatstack_condition', 'type="Ready"')})`, legend: 'Ready' }],
      steps: [{ color: 'red' }, { color: 'green', from: 1 }],
      words: { '0': 'not ready', '1': 'ready' },
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Degraded',
      description: 'Condition Degraded: a person must look at it. kubectl describe tells why.',
      unit: 'short',
      queries: [{ expression: `max(${select('chatstack_condition', 'type="Degraded"')})`, legend: 'Degraded' }],
      steps: [{ color: 'green' }, { color: 'red', from: 1 }],
      words: { '0': 'no', '1': 'degraded' },
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Headroom to Postgres',
      description: 'Connections that the plan leaves free once all pools and reserves are full.',
      unit: 'short',
      queries: [
        { expression: total('chatstack_budget_headroom_connections', [], 'layer="postgres"'), legend: 'headroom' },
      ],
      steps: badBelow(10, 0),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Pool of a pooler',
      description: 'Connections to Postgres that each pooler keeps open at most, without its reserve.',
      unit: 'short',
      queries: [{ expression: `max(${select('chatstack_pool_size_connections')})`, legend: 'pool' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Longest wait for a connection',
      description: 'How long the first client in the queue of any pooler waits, as the operator reads it.',
      unit: 's',
      queries: [{ expression: `max(${select('chatstack_pool_max_wait_seconds')})`, legend: 'wait' }],
      steps: badAbove(0.1, 0.5),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Last backup',
      description: 'Time since the last backup that succeeded.',
      unit: 's',
      queries: [
        {
          expression: `time() - max(${select('chatstack_backup_last_success_timestamp_seconds')})`,
          legend: 'since the last backup',
        },
      ],
      steps: [{ color: 'blue' }],
      ifAbsent: 'none yet, or not asked for',
    },
  ],
};

const parts: ChartRow = {
  title: 'Parts of the stack and its plan',
  charts: [
    {
      kind: 'table',
      width: 12,
      title: 'Conditions',
      description:
        'Conditions of the ChatStack: 1 where True, 0 where False or Unknown, with their reason and how long they have been so. All but Progressing and Degraded should be 1.',
      unit: 's',
      queries: [
        { expression: conditions, legend: 'is true', unit: 'short' },
        {
          expression: `0 * ${conditions} + on (type) group_left () (time() - ${aggregate('max', ['type'], select('chatstack_condition_since_timestamp_seconds'))})`,
          legend: 'since',
        },
      ],
    },
    {
      kind: 'table',
      width: 12,
      title: 'Parts',
      description: 'Replicas of each part that are ready and wanted, and restarts of its containers in the last hour.',
      unit: 'short',
      queries: [
        { expression: ready, legend: 'ready' },
        { expression: wanted, legend: 'wanted' },
        { expression: restarts, legend: 'restarts in 1 h' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Missing replicas',
      description: 'Replicas of each part that are wanted and not ready. A roll-out is short of one at a time at most.',
      unit: 'short',
      queries: [{ expression: `${wanted} - ${ready}`, legend: '{{component}}' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Restarts',
      description: 'Restarts of containers in the last hour, by part. Each one but those of a roll-out has a cause.',
      unit: 'short',
      queries: [{ expression: restarts, legend: '{{component}}' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Longest wait of each pooler',
      description:
        'How long the first client in the queue waits, as the operator reads it. It is what the tuner looks at.',
      unit: 's',
      queries: [
        { expression: aggregate('max', ['pod'], select('chatstack_pool_max_wait_seconds')), legend: '{{pod}}' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Sizes of the pool',
      description:
        'Connections of each pooler as planned: kept open at least, at most, and in reserve for clients that wait long.',
      unit: 'short',
      queries: [
        { expression: `max(${select('chatstack_pool_min_connections')})`, legend: 'minimum' },
        { expression: `max(${select('chatstack_pool_size_connections')})`, legend: 'pool' },
        { expression: `max(${select('chatstack_pool_reserve_connections')})`, legend: 'reserve' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Connection budget of Postgres',
      description: 'Connections that the plan counts with, below what Postgres accepts.',
      unit: 'short',
      queries: [
        { expression: total('chatstack_budget_connections', [], 'layer="postgres"'), legend: 'planned' },
        { expression: total('chatstack_budget_limit_connections', [], 'layer="postgres"'), legend: 'limit' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Connection budget of clients',
      description:
        'Connections of service processes that the plan counts with, below what poolers may be planned with.',
      unit: 'short',
      queries: [
        { expression: total('chatstack_budget_connections', [], 'layer="clients"'), legend: 'planned' },
        { expression: total('chatstack_budget_limit_connections', [], 'layer="clients"'), legend: 'limit' },
      ],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Certificates end in',
      description: 'Time until each certificate of the stack ends. They are replaced long before.',
      unit: 's',
      queries: [
        {
          expression: `${aggregate('min', ['certificate'], select('chatstack_certificate_expiry_timestamp_seconds'))} - time()`,
          legend: '{{certificate}}',
        },
      ],
      ifAbsent: 'no TLS asked for',
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Age of the last backup',
      description: 'Time since the last backup that succeeded, below the longest time between two by the schedule.',
      unit: 's',
      queries: [
        {
          expression: `time() - max(${select('chatstack_backup_last_success_timestamp_seconds')})`,
          legend: 'age',
        },
        { expression: `max(${select('chatstack_backup_schedule_seconds')})`, legend: 'schedule' },
      ],
      ifAbsent: 'none yet, or not asked for',
    },
  ],
};

/** What the operator thinks of the stack, and whether it keeps up. */
export const operator: Sheet = {
  uid: 'chatstack-operator',
  title: 'Operator',
  description: 'What the operator thinks of the stack, what it planned for it, and whether it keeps up with its work.',
  series: 'chatstack_condition',
  rows: [stack, parts, operatorWork],
};
