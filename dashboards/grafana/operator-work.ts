import type { ChartRow } from './chart.ts';
import { aggregate, rateOf, selectProcess } from './promql.ts';

const OPERATOR = 'component="operator"';
const growth = (metric: string, by: readonly string[] = [], ...matchers: readonly string[]) =>
  aggregate('sum', by, rateOf(selectProcess(metric, ...matchers)));
const quantileOf = (share: number, histogram: string, by: readonly string[] = []) =>
  `histogram_quantile(${share}, ${growth(`${histogram}_bucket`, ['le', ...by])})`;

/** The controller, its queue and its process: series that belong to no stack. */
export const operatorWork: ChartRow = {
  title: 'The work of the operator, for all stacks',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Reconciles',
      description:
        'Reconciles a second by result. requeue_after waits for something; errors are tried again with a back-off.',
      unit: 'ops',
      queries: [{ expression: growth('controller_runtime_reconcile_total', ['result']), legend: '{{result}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Errors of reconciles',
      description:
        'Reconciles a second that failed, that ended stalled (a person must act), and that met a mistake of the program.',
      unit: 'ops',
      queries: [
        { expression: growth('controller_runtime_reconcile_errors_total'), legend: 'failed' },
        { expression: growth('controller_runtime_terminal_reconcile_errors_total'), legend: 'stalled' },
        { expression: growth('controller_runtime_reconcile_panics_total'), legend: 'mistakes' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Time of a reconcile',
      description: 'Time of one pass over a stack. Passes wait for the API server, not for pods.',
      unit: 's',
      queries: [0.5, 0.99].map((share) => ({
        expression: quantileOf(share, 'controller_runtime_reconcile_time_seconds'),
        legend: `p${share * 100}`,
      })),
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Queue',
      description:
        'Stacks that wait for a worker, and workers at work. A queue that stays means that workers are stuck.',
      unit: 'short',
      queries: [
        { expression: aggregate('sum', [], selectProcess('workqueue_depth')), legend: 'waiting' },
        {
          expression: aggregate('sum', [], selectProcess('controller_runtime_active_workers')),
          legend: 'at work',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Time in the queue, p99',
      description: 'How long a stack waits until a worker takes it.',
      unit: 's',
      queries: [{ expression: quantileOf(0.99, 'workqueue_queue_duration_seconds'), legend: 'p99' }],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Requests to the API server',
      description: 'Requests a second by status code. An unchanged stack causes none.',
      unit: 'reqps',
      queries: [{ expression: growth('rest_client_requests_total', ['code']), legend: '{{code}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Leaders',
      description: 'Operators that lead. 1 is right; none for longer than a lease means that nothing is reconciled.',
      unit: 'short',
      queries: [
        { expression: aggregate('sum', [], selectProcess('leader_election_master_status')), legend: 'leaders' },
      ],
      steps: [{ color: 'red' }, { color: 'green', from: 1 }],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Memory',
      description: 'Resident memory of each operator.',
      unit: 'bytes',
      queries: [{ expression: selectProcess('process_resident_memory_bytes', OPERATOR), legend: '{{instance}}' }],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Use of a core',
      description: 'Share of one core that each operator works.',
      unit: 'percentunit',
      queries: [
        {
          expression: aggregate('sum', ['instance'], rateOf(selectProcess('process_cpu_seconds_total', OPERATOR))),
          legend: '{{instance}}',
        },
      ],
    },
  ],
};
