import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beginMark } from '../../k6/common-options.ts';
import { type K6Plan, scriptOf } from '../../k6/k6-plan.ts';
import { type Generator, watchGenerator } from './generator.ts';
import { type K6Summary, k6SummarySchema, trendStatistics } from './k6-summary.ts';

/** How k6 is run. */
export type K6Setting = { readonly program: string; readonly address: string };

/** k6 ends so when a threshold was crossed: its summary is whole. */
const crossed = 99;

const tailLines = 20;

/** Of k6's garbage collector: less often, for processor time is what lacks where stack and generator share a machine. */
const goSettings = { GOGC: '200' } as const;

/** Starts k6 with the script of the plan's kind; it ends by itself when the plan does. */
export function startK6(plan: K6Plan, { program, address }: K6Setting): Generator<K6Summary> {
  const script = join(import.meta.dirname, '../../k6', scriptOf[plan.kind]);
  const args = ['run', '--quiet', '--no-usage-report', '--no-color', '--address', address];
  const child = spawn(
    program,
    [...args, '--summary-trend-stats', trendStatistics.join(','), '-e', `LOAD_PLAN=${JSON.stringify(plan)}`, script],
    // In a session of its own: a Ctrl-C of the terminal reaches only the harness, which ends things in order.
    { env: { ...process.env, ...goSettings }, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const tail: string[] = [];
  const begin = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes(beginMark)) begin.resolve();
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
  });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const outcome = ended.then(([code]) => {
    if (code !== 0 && code !== crossed)
      throw new Error(`expected k6 to end well, found status ${code}:\n${tail.join('\n')}`);
    return k6SummarySchema.parse(JSON.parse(readFileSync(plan.summaryFile, 'utf8')));
  });
  return watchGenerator(child, begin, outcome);
}
