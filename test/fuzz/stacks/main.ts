import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzStacks, type Outcome } from './fuzz-stacks.ts';

/*
 * Sends random and spoilt ChatStacks, made of the schema of the CustomResourceDefinition, to a real API server with the operator at
 * work. Each has to be refused with a reason, become Ready, or stall with a reason, within few requests; the operator has to go on.
 * Usage: node test/fuzz/stacks/main.ts [--count 2000] [--seed N]
 */

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: process.env.FUZZ_STACKS ?? '2000' },
    seed: { type: 'string', default: process.env.FUZZ_SEED ?? String(randomInt(1_000_000)) },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);
const sum = new Map<string, number>();
const failures: Outcome[] = [];

print(`fuzzing with seed ${values.seed}: ${values.count} stacks`);
await fuzzStacks({
  seed: Number(values.seed),
  count: Number(values.count),
  onBatch(outcomes) {
    for (const { verdict } of outcomes) sum.set(verdict.kind, (sum.get(verdict.kind) ?? 0) + 1);
    const failed = outcomes.filter(({ verdict }) => verdict.kind === 'failure');
    failures.push(...failed);
    print([...sum].map(([kind, number]) => `${number} ${kind}`).join(', '));
    for (const { spec, verdict } of failed) print(`  ✗ ${verdict.reason}\n    ${JSON.stringify(spec)}`);
  },
});
print(failures.length === 0 ? 'each was refused, Ready, or told of' : `${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
