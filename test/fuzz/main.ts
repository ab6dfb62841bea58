import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { OpenApiDocument } from '@chatstack/service/http/openapi/document.ts';
import { startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { Missing } from '../set-up/pypi.ts';
import { installSchemathesis } from './install.ts';
import { type KnownIds, offerKnownIds } from './known-ids.ts';
import { type RoundResult, runRound } from './round.ts';
import { createKnownIds, startTargets, type Target } from './targets.ts';

/*
 * Asks services, which this starts with real engines, what Schemathesis makes of their OpenAPI document: well-formed and
 * malformed requests of every operation. Fails on a 5xx, on an answer that the document does not tell, and on a malformed
 * request that is taken. Usage: node test/fuzz/main.ts [--cases 20000] [--seed N] [--minutes 30], or `make fuzz FUZZ_CASES=…`.
 */

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: process.env.FUZZ_CASES ?? '20000' },
    seed: { type: 'string', default: process.env.FUZZ_SEED ?? String(randomInt(1_000_000)) },
    minutes: { type: 'string', default: process.env.FUZZ_MINUTES ?? '30' },
  },
});
const [cases, seed, minutes] = [values.cases, values.seed, values.minutes].map(Number) as [number, number, number];
const MOST_SHOWN = 12_000;
const MOST_EXAMPLES = 100;

// A second signal ends this at once, as it would have without this.
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

type Sum = { cases: number; failed: number; isStopped: boolean };

const print = (line: string) => process.stdout.write(`${line}\n`);

/** Asks a target in rounds, each with another seed, until it had its share of all cases. */
async function fuzzTarget(program: string, target: Target, known: KnownIds, signal: AbortSignal): Promise<Sum> {
  const sum: Sum = { cases: 0, failed: 0, isStopped: false };
  const wanted = Math.ceil(cases * target.share);
  for (let number = 0; sum.cases < wanted && !signal.aborted; number += 1) {
    const knowsIds = number % 2 === 0;
    const document = knowsIds ? offerKnownIds(target.document, known) : target.document;
    const examples = Math.min(MOST_EXAMPLES, Math.ceil((wanted - sum.cases) / countOperations(document)));
    const { service, token } = target;
    const triesBounds = number < 2;
    const round = { program, url: service.url, document, seed: seed + number, examples, triesBounds, token, signal };
    const started = performance.now();
    const result = await runRound(round);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    const name = `${target.name}, ${knowsIds ? 'known ids' : 'any ids'}, seed ${round.seed}`;
    tellRound(`${name}: ${result.cases} cases in ${seconds} s`, result);
    sum.cases += result.cases;
    if (result.isStopped) sum.isStopped = true;
    else if (!result.isGood) sum.failed += 1;
    if (result.cases === 0) break; // it could not begin: another try would not either
  }
  return sum;
}

function countOperations({ paths }: OpenApiDocument): number {
  return Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
}

function tellRound(line: string, { isGood, isStopped, output }: RoundResult): void {
  const mark = isGood ? '✓' : isStopped ? '…' : '✗';
  print(`  ${mark} ${line}`);
  if (!isGood && !isStopped) print(output.slice(0, MOST_SHOWN));
}

/** What services logged as their own mistakes. */
function findMistakes(targets: readonly Target[]): string[] {
  return targets.flatMap(({ service }) => service.log.filter((line) => JSON.parse(line).level >= 50));
}

async function main(): Promise<number> {
  const program = installSchemathesis(print);
  print(`fuzzing with seed ${seed}: ${cases} cases, at most ${minutes} minutes`);
  const stack = await startStackUnderTest();
  try {
    const targets = await startTargets(stack);
    const known = await createKnownIds((targets[0] as Target).service);
    const signal = AbortSignal.any([AbortSignal.timeout(minutes * 60_000), interrupted.signal]);
    const sums = await Promise.all(targets.map((target) => fuzzTarget(program, target, known, signal)));
    const mistakes = findMistakes(targets);
    for (const line of mistakes.slice(0, 10)) print(`  ✗ logged: ${line.trim()}`);
    const asked = sums.reduce((total, sum) => total + sum.cases, 0);
    const failed = sums.reduce((total, sum) => total + sum.failed, 0);
    const isStopped = sums.some((sum) => sum.isStopped);
    const ended = isStopped
      ? `, stopped ${interrupted.signal.aborted ? 'by a signal' : `after ${minutes} minutes`}`
      : '';
    print(`${asked} cases, ${failed} rounds with failures, ${mistakes.length} mistakes logged, seed ${seed}${ended}`);
    return failed === 0 && mistakes.length === 0 && asked >= cases ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
