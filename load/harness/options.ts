import { parseArgs } from 'node:util';
import { UsageError } from '../command-line/subcommand.ts';
import { type ScenarioName, scenarioNames } from '../results/load-run.ts';
import type { ScenarioSettings } from '../scenarios/scenario.ts';

/** What `load run` was asked to do. */
export type RunOptions = ScenarioSettings & {
  readonly scenarios: readonly ScenarioName[];
  readonly url: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly manifest: string;
  readonly seed: number;
  readonly messages: number;
  readonly users: number;
};

/** Share of reads; the others are sends. */
export const readShare = 0.9;

/** Scenarios that need what only a stack of this machine shows. */
const onlyLocal: readonly ScenarioName[] = ['pooler'];

type NumberOption = { readonly local: number; readonly url?: number; readonly least: number; readonly most: number };

/** Numbers by option: what they are unless told (fewer data where they go through the API of a URL), and between what they may lie. */
const numbers = {
  seed: { local: 1, least: 0, most: 2 ** 31 },
  conversations: { local: 1000, url: 50, least: 1, most: 100_000 },
  messages: { local: 200_000, url: 500, least: 1, most: 20_000_000 },
  users: { local: 10_000, url: 100, least: 2, most: 1_000_000 },
  repetitions: { local: 7, least: 1, most: 100 },
  'warm-up': { local: 8, least: 0, most: 600 },
  'block-seconds': { local: 20, least: 1, most: 3600 },
  think: { local: 15, least: 0.1, most: 15 },
  'soak-minutes': { local: 10, least: 0.05, most: 24 * 60 },
  bound: { local: 50, least: 1, most: 10_000 },
} as const satisfies Readonly<Record<string, NumberOption>>;

const usualSteps = '1000,2500,5000,7500,10000';

/** How the program is used, for --help and for mistakes. */
export const runUsage = `npm run load -- run [options]

Starts a chat stack on this machine in each configuration, loads the same data, puts it under load with k6, watches it every second, and
writes the raw data of the run as JSON. All of it takes about 40 minutes; Ctrl-C ends it and keeps what there is.

  --only NAMES           some of the scenarios: ${scenarioNames.join(',')}
                           compare   baseline, pooling and full-stack at one arrival rate, in blocks that take turns
                           peak      rising rates until p95 leaves its bound, then half of the highest
                           stress    rising numbers of kept connections, whose users think between requests
                           realtime  2,000 sockets that follow 100 conversations
                           spike     five times the load at once, and after it
                           soak      the most connections of stress, for --soak-minutes
                           pooler    as many clients straight at PgBouncer, with pgbench
  --out FILE             where the raw data go, and their page beside them (default .cache/load/run-<time>/run.json)
  --resume FILE          goes on with a run that was broken off, as it was asked for; blocks that are there are not repeated

  --rate N               requests a second of compare (default: 70 % of what baseline bears)
  --repetitions N        blocks of each configuration in compare (default ${numbers.repetitions.local})
  --block-seconds N      measured part of a block (default ${numbers['block-seconds'].local})
  --warm-up N            seconds before it that do not count (default ${numbers['warm-up'].local})
  --bound MS             p95 up to which a rate counts as borne, for calibration and peak (default ${numbers.bound.local})
  --connections N,N      steps of stress (default ${usualSteps})
  --think N              mean seconds between two requests of a user (default ${numbers.think.local})
  --soak-minutes N       length of soak (default ${numbers['soak-minutes'].local})
  --conversations N      how many there are (default 1000; 50 with --url)
  --messages N           how many there are at first, spread over conversations (default 200000; 500 with --url)
  --users N              how many take part, ten in each conversation (default 10000; 100 with --url)
  --seed N               of everything drawn (default ${numbers.seed.local})
  --manifest FILE        the ChatStack of this machine (default examples/load/stack.yaml)

  --url URL              measures the stack that answers there instead, as the configuration "given"; it must run with AUTH_MODE
                         development and without rate limits. Conversations are made through its API
  --prometheus-url URL   with --url: the Prometheus of that stack, such as http://localhost:9090, which is asked each second for the hit
                         ratio, queue waits, connections to Postgres, memory and processor time of what it scrapes

CHATSTACK_STATE names another folder for the states of stacks (default .cache/load).

exit code: 0 measured, 1 broken off by Ctrl-C, 2 it could not be done`;

/** Reads the arguments. Throws UsageError. */
export function parseRunOptions(args: readonly string[]): RunOptions {
  const values = readValues(args);
  if (values.resume !== undefined && args.length > (args.includes('--resume') ? 2 : 1))
    throw new UsageError('--resume takes all else from the run: expected no other option');
  const url = readUrl('--url', values.url);
  const numberOf = (name: keyof typeof numbers): number => readNumber(name, values[name], url !== undefined);
  if (values['prometheus-url'] !== undefined && url === undefined)
    throw new UsageError('--prometheus-url: expected --url too; stacks of this machine are watched anyway');
  return {
    scenarios: readScenarios(values.only, url !== undefined),
    url,
    prometheusUrl: readUrl('--prometheus-url', values['prometheus-url']),
    out: values.out,
    resume: values.resume,
    manifest: values.manifest ?? 'examples/load/stack.yaml',
    seed: numberOf('seed'),
    conversations: numberOf('conversations'),
    messages: numberOf('messages'),
    users: numberOf('users'),
    rate: values.rate === undefined ? undefined : readBounded('--rate', values.rate, { least: 1, most: 100_000 }),
    repetitions: numberOf('repetitions'),
    warmUpSeconds: numberOf('warm-up'),
    blockSeconds: numberOf('block-seconds'),
    thinkSeconds: numberOf('think'),
    connections: readSteps(values.connections ?? usualSteps),
    soakMinutes: numberOf('soak-minutes'),
    boundMilliseconds: numberOf('bound'),
  };
}

const text = { type: 'string' } as const;

function readValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ only: text, out: text, resume: text, rate: text, repetitions: text, 'block-seconds': text },
        ...{ 'warm-up': text, bound: text, connections: text, think: text, 'soak-minutes': text, seed: text },
        ...{ conversations: text, messages: text, users: text, manifest: text, url: text, 'prometheus-url': text },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const readNumber = (name: keyof typeof numbers, value: string | undefined, isUrl: boolean): number => {
  const option: NumberOption = numbers[name];
  if (value === undefined) return isUrl ? (option.url ?? option.local) : option.local;
  return readBounded(`--${name}`, value, option);
};

function readBounded(name: string, value: string, { least, most }: Pick<NumberOption, 'least' | 'most'>): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= least && number <= most) return number;
  throw new UsageError(`${name}: expected a number from ${least} to ${most}, found ${JSON.stringify(value)}`);
}

function readUrl(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value.replace(/\/+$/, '');
  throw new UsageError(`${name}: expected a URL such as http://localhost:3001, found ${JSON.stringify(value)}`);
}

function readScenarios(value: string | undefined, isUrl: boolean): readonly ScenarioName[] {
  const possible = isUrl ? scenarioNames.filter((name) => !onlyLocal.includes(name)) : scenarioNames;
  const asked = value?.split(',').filter(Boolean) ?? possible;
  const unknown = asked.find((name) => !(possible as readonly string[]).includes(name));
  if (unknown !== undefined || asked.length === 0)
    throw new UsageError(
      `--only: expected some of ${possible.join(',')}${isUrl ? ' (with --url)' : ''}, found ${JSON.stringify(value)}`,
    );
  return scenarioNames.filter((name) => asked.includes(name));
}

function readSteps(value: string): readonly number[] {
  const steps = value.split(',').map((step) => readBounded('--connections', step, { least: 1, most: 60_000 }));
  if (steps.every((step, index) => Number.isInteger(step) && step > (steps[index - 1] ?? 0))) return steps;
  throw new UsageError(`--connections: expected rising whole numbers, found ${JSON.stringify(value)}`);
}
