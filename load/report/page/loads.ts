import { describeLoad, type Group, latencyOf, mostOf, usualOf } from '../../results/groups.ts';
import { loadCost, othersCost, processorTimeOf, stackCost } from '../../results/processor-time.ts';
import { latencyAt } from '../../statistics/mixture.ts';
import { medianOf, spreadOf } from '../../statistics/spread.ts';
import { isFull, type Results } from '../criteria/criterion.ts';
import { formatCores, formatMilliseconds, formatNumber, formatSpread } from '../figures.ts';
import { buildTable } from './table.ts';

const optional = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined || !Number.isFinite(value) ? '–' : format(value);

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** A figure that is not broken before its unit where a column is narrow. */
const unbroken = (value: number): string => formatMilliseconds(value).replace(' ', '\u00a0');

/** Shares of the requests whose latency is told. */
const SHARES = [0.5, 0.95, 0.99] as const;

function rowOf(group: Group, { run }: Results): readonly string[] {
  const { blocks } = group;
  const used = processorTimeOf(blocks);
  const latencies = SHARES.map((share) => {
    const spread = spreadOf(blocks.map((block) => latencyOf(block, share)).filter(Number.isFinite));
    return optional(spread?.median, unbroken);
  });
  return [
    `${group.scenario}, ${group.configuration}`,
    describeLoad(group.target),
    `${blocks.length} × ${formatNumber(medianOf(blocks.map(({ seconds }) => seconds)))} s`,
    formatNumber(medianOf(blocks.map(({ requests }) => requests.perSecond))),
    formatNumber(sumOf(blocks.map(({ requests }) => requests.failed))),
    ...latencies,
    optional(mostOf(blocks, 'queueWaitMilliseconds'), unbroken),
    optional(mostOf(blocks, 'databaseConnections'), formatNumber),
    optional(usualOf(blocks, 'eventLoopDelayMilliseconds'), unbroken),
    `${optional(loadCost(used), formatCores)}, ${formatCores(stackCost(used))}, ${optional(othersCost(used), formatCores)}${isFull(group, run) ? ' (full)' : ''}`,
  ];
}

/** Everything that was measured and counts, a load in each row. */
export const buildLoads = (results: Results): string =>
  buildTable(
    [
      { title: 'scenario, configuration' },
      { title: 'load' },
      { title: 'measured' },
      ...[
        'answers/s',
        'failed',
        'p50',
        'p95',
        'p99',
        'longest queue wait',
        'most database connections',
        'event-loop delay (p99)',
        'cores: load, stack, others',
      ].map((title) => ({ title, isNumber: true })),
    ],
    results.groups.map((group) => rowOf(group, results)),
  );

/** How long a frame takes from a send to its subscribers; undefined where no WebSockets were measured. */
export function buildDeliveries({ groups }: Results): string | undefined {
  const rows = groups.flatMap((group) => {
    const found = group.blocks.flatMap(({ latency }) => latency.deliver ?? []);
    if (found.length === 0) return [];
    const cells = SHARES.map((share) =>
      formatSpread(spreadOf(found.map((latency) => latencyAt(latency, share))), formatMilliseconds),
    );
    return [[`${describeLoad(group.target)}, ${group.configuration}`, ...cells]];
  });
  if (rows.length === 0) return undefined;
  return buildTable(
    [{ title: 'WebSockets' }, ...['p50', 'p95', 'p99'].map((title) => ({ title, isNumber: true }))],
    rows,
  );
}
