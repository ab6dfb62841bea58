import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type Io, type Subcommand, UsageError } from '../command-line/subcommand.ts';
import { measureLoad } from '../harness/run-subcommand.ts';
import { formatNumber } from '../report/figures.ts';
import { buildTable } from '../report/page/table.ts';
import { groupBlocks } from '../results/groups.ts';
import { disturbanceOf } from '../results/processor-time.ts';
import { readRun } from '../results/run-file.ts';
import {
  judgeRatios,
  type KeptRatios,
  keepRatios,
  keptRatiosSchema,
  type RatioName,
  type RatioVerdict,
  ratiosOf,
} from './ratios.ts';

const checkout = join(import.meta.dirname, '../..');
const keptPath = join(import.meta.dirname, 'ratios.json');
const runPath = join(checkout, '.cache/load/gate.json');

/** Requests a second, which any machine bears: what is judged are ratios. */
const ARRIVAL_RATE = 100;
/** What fits into three minutes: five repetitions of three configurations. */
const SHORT =
  '--only compare --repetitions 5 --warm-up 2 --block-seconds 5 --conversations 200 --messages 20000 --users 2000';
/** Runs that tell how far ratios of the same sources lie apart. */
const LEAST_RUNS = 3;

const usage = `npm run load -- gate [RUN.json] [options]

Measures for three minutes whether pool and cache still pay: p50 of the full stack against baseline and pooling at the same rate, the hit
ratio, and waits for the pool, as ratios of one run, which another machine shares. Each is judged against what is kept in
${relative(checkout, keptPath)}, with a tolerance that comes of how far runs of the same sources lay apart. With RUN.json, that run is judged.

  --out FILE             where the raw data go (default ${relative(checkout, runPath)})
  --record               with the files of ${LEAST_RUNS} or more runs of the gate: keeps their ratios from now on

exit code: 0 all is kept, 1 a ratio is worse, 2 it could not be measured, as on a machine that does other work`;

type Options = { readonly paths: readonly string[]; readonly out: string; readonly isRecording: boolean };

function readArguments(args: readonly string[]): Options {
  const { positionals, values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: { record: { type: 'boolean' }, out: { type: 'string' } },
        allowPositionals: true,
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  const isRecording = values.record === true;
  if (isRecording && positionals.length < LEAST_RUNS)
    throw new UsageError(`--record: expected the files of at least ${LEAST_RUNS} runs, found ${positionals.length}`);
  if (!isRecording && positionals.length > 1)
    throw new UsageError(`expected the file of one run or none, found ${positionals.length}`);
  return { paths: positionals, out: values.out ?? relative(process.cwd(), runPath), isRecording };
}

const readRatios = (path: string) => {
  const run = readRun(path);
  const groups = groupBlocks(run);
  const arrivalRate = groups.find(({ scenario }) => scenario === 'compare')?.target.arrivalRate;
  const others = disturbanceOf(groups, run.environment);
  if (others !== undefined)
    throw new Error(
      `expected a quiet machine, found that other programs kept ${others.toFixed(2)} of ${run.environment.cores} cores busy in ${path}; measure again without them`,
    );
  return { arrivalRate, ratios: ratiosOf({ run, groups }) };
};

function record(paths: readonly string[], { out }: Io): number {
  const found = paths.map(readRatios);
  const rates = [...new Set(found.map(({ arrivalRate }) => arrivalRate))];
  const [arrivalRate] = rates;
  if (rates.length !== 1 || arrivalRate === undefined)
    throw new Error(`expected runs of the gate at one rate, found ${rates.join(', ')} requests/s`);
  const kept: KeptRatios = { arrivalRate, runs: paths.length, ratios: keepRatios(found.map(({ ratios }) => ratios)) };
  writeFileSync(keptPath, `${JSON.stringify(kept, undefined, 2)}\n`);
  out(`kept in ${relative(checkout, keptPath)}: ${tellRatios(kept)}`);
  return 0;
}

const tellRatios = ({ ratios }: KeptRatios): string =>
  Object.entries(ratios)
    .map(([name, { value, tolerance }]) => `${name} ${value} ± ${tolerance}`)
    .join(', ');

/** Undefined until ratios are kept. */
const readKept = (): KeptRatios | undefined =>
  existsSync(keptPath) ? keptRatiosSchema.parse(JSON.parse(readFileSync(keptPath, 'utf8'))) : undefined;

const rowOf = ({ name, kept, bound, found, isKept }: RatioVerdict): readonly string[] => [
  name,
  formatNumber(kept),
  formatNumber(bound),
  found === undefined ? 'not measured' : formatNumber(found),
  isKept ? 'kept' : 'WORSE',
];

const columns = [
  { title: 'ratio' },
  ...['kept', 'at worst', 'measured'].map((title) => ({ title, isNumber: true })),
  { title: '' },
];

function judge(
  ratios: Readonly<Partial<Record<RatioName, number>>>,
  kept: KeptRatios | undefined,
  { out }: Io,
): number {
  if (kept === undefined) {
    const measured = Object.entries(ratios).map(([name, value]) => `${name} ${formatNumber(value)}`);
    throw new Error(
      `expected the ratios to keep in ${relative(checkout, keptPath)}, found no such file, and measured ${measured.join(', ')}; keep those of ${LEAST_RUNS} runs with --record`,
    );
  }
  const verdicts = judgeRatios(kept, ratios);
  out(buildTable(columns, verdicts.map(rowOf)));
  return verdicts.every(({ isKept }) => isKept) ? 0 : 1;
}

async function runGate(args: readonly string[], io: Io): Promise<number> {
  const { paths, out, isRecording } = readArguments(args);
  if (isRecording) return record(paths, io);
  const kept = readKept();
  const [path] = paths;
  if (path !== undefined) return judge(readRatios(path).ratios, kept, io);
  const rate = kept?.arrivalRate ?? ARRIVAL_RATE;
  const { isComplete } = await measureLoad([...SHORT.split(' '), '--rate', String(rate), '--out', out], io);
  return isComplete ? judge(readRatios(out).ratios, kept, io) : 2;
}

/** `npm run load -- gate`: whether pool and cache still pay, in three minutes. */
export const gateSubcommand: Subcommand = {
  name: 'gate',
  summary: 'tells in three minutes whether pool and cache still pay as they did',
  usage,
  run: runGate,
};
