import { parseArgs } from 'node:util';
import { type Io, type Subcommand, UsageError } from '../command-line/subcommand.ts';
import { formatChange, formatMilliseconds } from '../report/figures.ts';
import { buildTable } from '../report/page/table.ts';
import { describeLoad, groupBlocks } from '../results/groups.ts';
import { readRun } from '../results/run-file.ts';
import { LEAST_REPETITIONS } from '../statistics/bootstrap.ts';
import { listDoubts, type Pair, whyNotComparable } from './comparable.ts';
import { type Comparison, compareGroups, LEAST_CHANGE } from './compare-groups.ts';

const usage = `npm run load -- compare BEFORE.json AFTER.json [options]

Tells whether a change made the stack slower: for each scenario, configuration and load that both runs measured, the ratio of the medians of
p95, with a bootstrap interval of 95 %. Slower is what is so by the whole interval, and by --least at least.

  --least PERCENT        changes smaller than this are none (default ${LEAST_CHANGE * 100})

Loads that were measured less than ${LEAST_REPETITIONS} times are shown and not judged; rates that only one of them reached are left out. Runs of other settings, or of
other loads (give --rate to both), are refused.

exit code: 0 nothing is slower, 1 something is, 2 they cannot be compared`;

type Options = { readonly paths: readonly [string, string]; readonly leastChange: number };

function readArguments(args: readonly string[]): Options {
  const { positionals, values } = (() => {
    try {
      return parseArgs({ args: [...args], options: { least: { type: 'string' } }, allowPositionals: true });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  const [before, after, ...others] = positionals;
  if (before === undefined || after === undefined || others.length > 0)
    throw new UsageError(`expected the files of two runs, found ${positionals.length}`);
  const percent = values.least === undefined ? LEAST_CHANGE * 100 : Number(values.least);
  if (!(percent >= 0 && percent <= 1_000))
    throw new UsageError(`--least: expected percent from 0 to 1000, found "${values.least}"`);
  return { paths: [before, after], leastChange: percent / 100 };
}

const rowOf = ({ group, medians, ratio, difference }: Comparison): readonly string[] => [
  `${group.scenario}, ${group.configuration}`,
  describeLoad(group.target),
  ...medians.map(formatMilliseconds),
  ratio
    ? formatChange(ratio)
    : formatChange({ estimate: medians[1] / medians[0], low: Number.NaN, high: Number.NaN }).replace(/ \(.*/, ''),
  difference,
];

const columns = [
  { title: 'scenario, configuration' },
  { title: 'load' },
  { title: 'p95 before', isNumber: true },
  { title: 'p95 after', isNumber: true },
  { title: 'p95 is' },
  { title: '' },
];

/** Where the baseline changed as the others did, it may be the machine that did: the caller is told, and judges. */
const hasSlowerBaseline = (comparisons: readonly Comparison[]): boolean =>
  comparisons.some(({ group, difference }) => group.configuration === 'baseline' && difference === 'slower');

async function compareRuns(args: readonly string[], { out, error }: Io): Promise<number> {
  const { paths, leastChange } = readArguments(args);
  const runs: Pair = [readRun(paths[0]), readRun(paths[1])];
  const groups = [groupBlocks(runs[0]), groupBlocks(runs[1])] as const;
  const reasons = whyNotComparable(runs, groups);
  if (reasons.length > 0) {
    error(
      `expected two runs of the same settings and loads, found in ${paths.join(' and ')}:\n${reasons.map((reason) => `  ${reason}`).join('\n')}\nMeasure again with the options of the first run.`,
    );
    return 2;
  }
  for (const doubt of listDoubts(runs)) error(`warning: ${doubt}`);
  const comparisons = compareGroups(...groups, { seed: runs[0].settings.seed, leastChange });
  out(buildTable(columns, comparisons.map(rowOf)));
  const slower = comparisons.filter(({ difference }) => difference === 'slower');
  if (hasSlowerBaseline(comparisons))
    error('warning: the baseline, without pool and cache, is slower too: it may be the machine that changed');
  out(`\n${slower.length} of ${comparisons.length} loads slower`);
  return slower.length > 0 ? 1 : 0;
}

/** `npm run load -- compare`: whether a change made the stack slower. */
export const compareSubcommand: Subcommand = {
  name: 'compare',
  summary: 'tells whether the second of two runs is slower than the first',
  usage,
  run: compareRuns,
};
