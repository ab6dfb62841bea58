import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isProgram } from '@chatstack/operator/local/programs.ts';
import { conversationId } from '../../model/population.ts';
import { pageLimit } from '../../model/request.ts';
import { keptShares, type Latency } from '../../results/load-run.ts';
import { meanOf } from '../../statistics/spread.ts';
import type { Login } from '../stacks/stack.ts';
import { type Generator, watchGenerator } from './generator.ts';

/** Debian keeps the programs of each version of Postgres in a folder of its own. */
const debian = '/usr/lib/postgresql';

/** Where pgbench is, which npm's Postgres lacks: undefined where it is nowhere. */
export function findPgbench(env: Readonly<Record<string, string | undefined>>): string | undefined {
  let versions: string[] = [];
  try {
    versions = readdirSync(debian).map((version) => join(debian, version, 'bin'));
  } catch {
    // not Debian
  }
  return [...versions, ...(env.PATH ?? '').split(delimiter).filter(Boolean)]
    .map((folder) => join(folder, 'pgbench'))
    .find(isProgram);
}

/** The newest page of a conversation by Zipf's law, as the service reads it. */
const script = `\\set conversation random_zipfian(1, :conversations, 1.001) - 1
SELECT id, seq, user_id, content, created_at FROM message
  WHERE conversation_id = '${conversationId(0).slice(0, -1)}' || :conversation ORDER BY seq DESC LIMIT ${pageLimit};
`;

/** What pgbench is to do; `rate` in transactions a second, of all clients together. */
export type PgbenchPlan = {
  readonly clients: number;
  readonly rate: number;
  readonly seconds: number;
  readonly conversations: number;
  readonly seed: number;
};

/** What became of the transactions. */
export type PgbenchOutcome = { readonly latency: Latency; readonly aborted: number };

/** Seconds that all clients together may take to log in. pgbench counts them as part of its time. */
export const longestLogin = 600;

/** Starts pgbench: all clients log in, and then ask at the rate, each moment by chance. */
export function startPgbench(program: string, login: Login, plan: PgbenchPlan): Generator<PgbenchOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-pgbench-'));
  const file = join(folder, 'page.sql');
  writeFileSync(file, script);
  const child = spawn(
    program,
    [
      ...['--no-vacuum', '--protocol=extended', '--progress=1', '--jobs=2', `--file=${file}`],
      ...[
        `--client=${plan.clients}`,
        `--rate=${plan.rate}`,
        `--time=${plan.seconds + longestLogin}`,
        `--random-seed=${plan.seed}`,
      ],
      ...[`--define=conversations=${plan.conversations}`, '--log', `--log-prefix=${join(folder, 'log')}`],
      ...['--host', login.host, '--port', String(login.port), '--username', login.user, login.database],
    ],
    {
      env: { PATH: process.env.PATH, PGPASSWORD: login.password },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  );
  const begun = Promise.withResolvers<void>();
  const errors: string[] = [];
  let aborted = 0;
  let span: Span = { from: Number.POSITIVE_INFINITY, to: 0 };
  let end: NodeJS.Timeout | undefined;
  const begin = (): void => {
    const from = Date.now();
    span = { from, to: from + plan.seconds * 1000 };
    // What its own timer sends it when the time is over: it ends in order, with all that it has written.
    end = setTimeout(() => child.kill('SIGALRM'), plan.seconds * 1000);
    begun.resolve();
  };
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('progress:')) return end === undefined ? begin() : undefined;
    if (line.includes('aborted')) aborted += 1;
    if (errors.length < 10) errors.push(line);
  });
  const outcome = (once(child, 'close') as Promise<[number | null]>)
    .then(([code]) => {
      if (code !== 0 && aborted === 0)
        throw new Error(`expected pgbench to end well, found status ${code}:\n${errors.join('\n')}`);
      const logs = readdirSync(folder).filter((name) => name.startsWith('log.'));
      return {
        latency: readTimes(
          logs.map((name) => readFileSync(join(folder, name), 'utf8')),
          span,
        ),
        aborted,
      };
    })
    .finally(() => {
      clearTimeout(end);
      rmSync(folder, { recursive: true, force: true });
    });
  return watchGenerator(child, begun, outcome);
}

/** A span of time, in milliseconds of the wall clock. */
export type Span = { readonly from: number; readonly to: number };

/**
 * Latencies of the transactions of pgbench's logs that ended within a span: from the moment each was due, for pgbench adds the lag. Columns:
 * client, number, microseconds, script, and the moment of the end as seconds and microseconds.
 */
export function readTimes(logs: readonly string[], { from, to }: Span): Latency {
  const times = logs
    .flatMap((log) => log.split('\n').filter(Boolean))
    .flatMap((line) => {
      const [, , taken, , seconds, microseconds] = line.split(' ').map(Number);
      const ended = (seconds ?? 0) * 1000 + (microseconds ?? 0) / 1000;
      return taken !== undefined && ended >= from && ended < to ? [taken / 1000] : [];
    })
    .sort((one, other) => one - other);
  const last = times.length - 1;
  return {
    count: times.length,
    mean: times.length === 0 ? 0 : meanOf(times),
    max: times[last] ?? 0,
    quantiles: times.length === 0 ? [] : keptShares.map((share) => [share, times[Math.round(share * last)] ?? 0]),
  };
}
