import { join, resolve } from 'node:path';
import { joinWords, splitWords } from '../command-line/shell-words.ts';
import { type Io, type Subcommand, UsageError } from '../command-line/subcommand.ts';
import { reportSubcommand } from '../report/report-subcommand.ts';
import type { LoadRun } from '../results/load-run.ts';
import { readRun } from '../results/run-file.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import { createBench } from './bench.ts';
import {
  describeMissingMemory,
  observeEnvironment,
  observeOpenFiles,
  observeRevision,
  requireOpenFiles,
} from './environment.ts';
import { findK6 } from './generator/find-k6.ts';
import { findPgbench } from './generator/pgbench.ts';
import { parseRunOptions, type RunOptions, readShare, runUsage } from './options.ts';
import { Progress } from './progress.ts';
import { Recording } from './record.ts';
import { findFreePorts } from './stacks/free-ports.ts';
import { observeLocalPrograms, stateFolder } from './stacks/local-stack.ts';
import { openGivenPool, openLocalPool } from './stacks/stack-pool.ts';

const checkout = join(import.meta.dirname, '../..');

/** `npm run load -- run`: measures, writes the raw data of a run, and the page of it, also of what there is when it is broken off. */
export const runSubcommand: Subcommand = {
  name: 'run',
  summary: 'measures: starts stacks, puts them under load, writes the raw data of a run and its page',
  usage: runUsage,
  run: async (args, io) => {
    const { isComplete, path } = await measureLoad(args, io);
    if (readRun(path).blocks.length > 0) await reportSubcommand.run([path], io);
    return isComplete ? 0 : 1;
  },
};

/** Whether everything was measured, and the file of the raw data. */
type Measured = { readonly isComplete: boolean; readonly path: string };

/** Measures by the arguments of `run`, and writes the raw data alone. */
export async function measureLoad(args: readonly string[], io: Io): Promise<Measured> {
  const asked = parseRunOptions(args);
  if (asked.resume === undefined) return runLoad(asked, { words: args, run: undefined }, io);
  const run = readRun(asked.resume);
  if (run.state === 'complete')
    throw new UsageError(`--resume: expected a run that was broken off, found a complete one`);
  const words = splitWords(run.command).slice(commandWords.length);
  return runLoad({ ...parseRunOptions(words), out: asked.resume }, { words, run }, io);
}

const commandWords = ['npm', 'run', 'load', '--', 'run'] as const;

type Asked = { readonly words: readonly string[]; readonly run: LoadRun | undefined };

async function runLoad(options: RunOptions, { words, run }: Asked, io: Io): Promise<Measured> {
  const progress = new Progress(io);
  const folder = io.environment.CHATSTACK_STATE ?? stateFolder(checkout);
  const { k6, pgbench } = requirePrograms(options, io);
  const environment = observeEnvironment(
    k6,
    options.url === undefined ? observeLocalPrograms(io.environment, join(folder, 'full-stack')) : undefined,
  );
  const chosen = options.scenarios.map((name) => scenarios[name]);
  const connections = Math.max(...chosen.map((scenario) => scenario.connections(options)));
  requireOpenFiles(connections, observeOpenFiles());
  const recording = new Recording(
    resolve(options.out ?? join(checkout, '.cache/load', `run-${fileTime(new Date())}`, 'run.json')),
    run ?? newRun(options, words, environment),
  );
  const interrupt = new AbortController();
  io.onInterrupt(() => interrupt.abort());
  const minutes = Math.ceil((chosen.reduce((sum, { seconds }) => sum + seconds(options), 0) + bringUpSeconds) / 60);
  progress.line(
    `${progress.style('bold', 'load')} ${options.scenarios.join(', ')}: about ${minutes} min. Ctrl-C ends it and keeps what there is.`,
  );
  const population = { users: options.users, conversations: options.conversations, messages: options.messages };
  const shortage = describeMissingMemory(connections, process.availableMemory());
  if (shortage !== undefined) progress.warn(shortage);
  const data = { population, seed: options.seed, signal: interrupt.signal };
  const pool =
    options.url === undefined
      ? openLocalPool({ checkout, manifest: options.manifest, env: io.environment, folder }, data, progress)
      : openGivenPool(options.url, options.prometheusUrl, data, progress);
  const [port] = await findFreePorts(1);
  const setting = {
    ...{ options, recording, pool, progress, pgbench, signal: interrupt.signal, cores: environment.cores },
    k6: { program: k6, address: `127.0.0.1:${port}` },
  };
  let isComplete = false;
  try {
    for (const scenario of chosen) {
      progress.line(progress.style('bold', scenario.name));
      await scenario.run(createBench(scenario, setting));
    }
    isComplete = true;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    recording.end(isComplete ? 'complete' : 'interrupted');
    progress.underWay('stopping');
    await pool.stop();
    progress.line(`${isComplete ? 'raw data' : 'broken off; raw data so far'} in ${recording.path}`);
    if (!isComplete) progress.line(`go on with: npm run load -- run --resume ${recording.path}`);
  }
  return { isComplete, path: recording.path };
}

/** Seconds until stacks are up and filled. */
const bringUpSeconds = 90;

function requirePrograms(options: RunOptions, io: Io): { k6: string; pgbench: string | undefined } {
  const k6 = findK6(io.environment);
  if (k6 === undefined)
    throw new Error('expected k6 on the PATH, or built by test/set-up/k6 (which needs Go), found neither');
  const pgbench = findPgbench(io.environment);
  if (pgbench === undefined && options.scenarios.includes('pooler'))
    throw new Error(
      `expected pgbench for the scenario pooler, found none; install it (apt-get install postgresql, or brew install postgresql), or leave the scenario out with --only`,
    );
  return { k6, pgbench };
}

const fileTime = (date: Date): string => date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');

function newRun(options: RunOptions, words: readonly string[], environment: LoadRun['environment']): LoadRun {
  const { seed, conversations, messages, users, repetitions, warmUpSeconds, blockSeconds, thinkSeconds } = options;
  const revision = observeRevision(checkout);
  return {
    ...{ version: 1, startedAt: new Date().toISOString(), state: 'running' },
    command: joinWords([...commandWords, ...words]),
    ...(revision === undefined ? {} : { revision }),
    environment,
    settings: {
      ...{ seed, conversations, messages, users, repetitions, warmUpSeconds, blockSeconds, thinkSeconds, readShare },
    },
    configurations: [],
    blocks: [],
  };
}
