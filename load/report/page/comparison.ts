import { failedShare, type Group, measuredSamples } from '../../results/groups.ts';
import type { Block, ConfigurationName } from '../../results/load-run.ts';
import { processorTimeOf, stackCost } from '../../results/processor-time.ts';
import { latencyAt } from '../../statistics/mixture.ts';
import { meanOf, spreadOf } from '../../statistics/spread.ts';
import { comparedGroups, compareLatency } from '../criteria/comparison.ts';
import type { Results } from '../criteria/criterion.ts';
import { formatChange, formatCores, formatMilliseconds, formatShare, formatSpread } from '../figures.ts';
import { buildTable } from './table.ts';

/** A row of the comparison: a figure of each block. */
type Row = {
  readonly title: string;
  readonly measure: (block: Block) => number;
  readonly format: (value: number) => string;
};

const latencyRows: readonly Row[] = (['read', 'send'] as const).flatMap((kind) =>
  ([0.5, 0.95, 0.99] as const).map((share) => ({
    title: `${kind}s, p${share * 100}`,
    measure: ({ latency }: Block) => {
      const found = latency[kind];
      return found === undefined ? Number.NaN : latencyAt(found, share);
    },
    format: formatMilliseconds,
  })),
);

/** What the stack used of the processor for a thousand answers, in core seconds. */
const costOf = (block: Block): number => (1_000 * stackCost(processorTimeOf([block]))) / block.requests.perSecond;

const rows: readonly Row[] = [
  ...latencyRows,
  { title: 'processor time of the stack for 1,000 requests (core seconds)', measure: costOf, format: formatCores },
  {
    title: 'connections that Postgres served',
    measure: (block) => meanOf(measuredSamples(block).flatMap(({ databaseConnections }) => databaseConnections ?? [])),
    format: (value) => value.toFixed(1),
  },
  {
    title: 'failed requests',
    measure: failedShare,
    format: formatShare,
  },
];

const BASE: ConfigurationName = 'baseline';

function tellChange(row: Row, base: Group, other: Group, seed: number): string {
  const interval = compareLatency(base, other, seed, row.measure);
  return interval === undefined || !Number.isFinite(interval.estimate)
    ? ''
    : `<br><sub>${formatChange(interval)}</sub>`;
}

/** The configurations beside each other at the same arrival rate; undefined where fewer than two were measured. */
export function buildComparison({ groups, run }: Results): string | undefined {
  const compared = comparedGroups(groups);
  if (compared.size < 2) return undefined;
  const base = compared.get(BASE);
  const { seed } = run.settings;
  const cells = rows.flatMap((row) => {
    const values = [...compared.values()].map((group) => {
      const spread = spreadOf(group.blocks.map(row.measure).filter(Number.isFinite));
      const change = base && group !== base ? tellChange(row, base, group, seed) : '';
      return `${formatSpread(spread, row.format)}${change}`;
    });
    return values.every((value) => value === '–') ? [] : [[row.title, ...values]];
  });
  const [first] = compared.values();
  const columns = [{ title: '' }, ...[...compared.keys()].map((title) => ({ title, isNumber: true }))];
  return `The same requests at ${first?.target.arrivalRate ?? '–'} requests/s, whatever is answered, in ${first?.blocks.length} repetitions whose configurations take turns; each may open as many connections to Postgres as the others.\nA cell is the median of the repetitions (from the least to the most). Below it: how it differs from ${BASE}, as the median of the paired repetitions with its 95 % interval.\n\n${buildTable(columns, cells)}`;
}
