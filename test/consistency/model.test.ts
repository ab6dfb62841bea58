import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findLongestStaleness, findViolations } from './checker.ts';
import { type Outcome, runExperiment, type Step } from './experiment.ts';
import { FAULTS } from './faults.ts';
import { BOUNDS } from './final-reads.ts';
import type { PagePlace } from './history.ts';
import { WAYS_TO_CHANGE, WAYS_TO_SEND } from './session.ts';
import { type RunningSystem, startSystem } from './system.ts';
import type { Operation } from './traffic.ts';

/*
 * Two replicas, five users, random faults; a checker that knows nothing of how the service works. CONSISTENCY_SEED repeats the
 * experiments of a run, CONSISTENCY_RUNS says how many there are. What the machine makes of them differs from time to time.
 */

const SEED = Number(process.env.CONSISTENCY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.CONSISTENCY_RUNS ?? 3);

let system: RunningSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

const limit = fc.constantFrom(1, 2, 10, 50);
const seq = fc.integer({ min: 1, max: 200 });
const place: fc.Arbitrary<PagePlace> = fc.oneof(
  fc.record({ limit, offset: fc.constantFrom(0, 1, 7, 60) }),
  fc.record({ limit, before: seq }),
  fc.record({ limit, after: seq }),
  fc.record({ limit, around: seq }),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), way: fc.constantFrom(...WAYS_TO_SEND) }),
  fc.record({
    kind: fc.constant('change' as const),
    way: fc.constantFrom(...WAYS_TO_CHANGE),
    which: fc.nat({ max: 1_000 }),
  }),
  fc.record({ kind: fc.constant('read' as const), place }),
  fc.record({ kind: fc.constant('read plainly' as const), limit, offset: fc.constantFrom(0, 1, 7) }),
);
const milliseconds = (min: number, max: number) => fc.integer({ min, max });
const name = fc.constantFrom(...Object.keys(FAULTS));
const steps: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('operation' as const),
      conversation: fc.constantFrom(0, 1, 2, 2),
      operation,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('fault' as const), name, milliseconds: milliseconds(20, 1_200) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pause' as const), milliseconds: milliseconds(50, 500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('calm' as const), writes: fc.integer({ min: 5, max: 20 }) }) },
];
const experiment = fc.record({
  steps: fc.array(fc.oneof(...steps), { minLength: 15, maxLength: 40, size: 'max' }),
  last: fc.record({ name, milliseconds: milliseconds(400, 1_200) }),
  seed: fc.nat(),
});

test(
  'whatever happens to Redis, PgBouncer, Postgres and the replicas, nothing acknowledged is lost, doubled, reordered or hidden',
  async () => {
    say(`CONSISTENCY_SEED=${SEED} CONSISTENCY_RUNS=${RUNS}`);
    const property = fc.asyncProperty(experiment, async (plan) => {
      const outcome = await runExperiment(system, plan);
      say(describeOutcome(outcome));
      expect(findViolations(outcome.history, BOUNDS).slice(0, 10)).toEqual([]);
      expect(outcome.recorder.acknowledged).toBeGreaterThan(20); // otherwise nothing was tested
      expect(outcome.recorder.reads.length).toBeGreaterThan(50);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  },
  180_000 * (RUNS + 1),
);

function describeOutcome({ history, recorder, connections }: Outcome): string {
  const { acknowledged, cached, unanswered, reads, faults } = recorder;
  const staleness = Math.round(findLongestStaleness(history));
  const told = history.streams.reduce((sum, { events }) => sum + events.length, 0);
  return `${acknowledged} writes acknowledged, ${reads.length} reads (${cached} from a cache), ${unanswered} without an answer, ${told} frames over ${connections} sockets, ${faults.length} faults; plain readers were at most ${staleness} ms behind`;
}

function say(text: string): void {
  process.stdout.write(`consistency: ${text}\n`);
}
