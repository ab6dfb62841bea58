import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { K6Plan } from '../k6/k6-plan.ts';
import { mixSeeds } from '../model/random.ts';
import type { Block, ConfigurationName } from '../results/load-run.ts';
import type { Bench, Measurement, PoolerMeasurement, Scenario } from '../scenarios/scenario.ts';
import { describeBlock } from './blocks/describe-block.ts';
import { type MeasureSetting, measure } from './blocks/measure.ts';
import { measurePooler } from './blocks/measure-pooler.ts';
import { spansOf } from './blocks/spans.ts';
import { type RunOptions, readShare } from './options.ts';
import type { Recording } from './record.ts';
import type { Stack } from './stacks/stack.ts';
import type { StackPool } from './stacks/stack-pool.ts';

/** What all scenarios of a run are measured with. */
export type BenchSetting = Omit<MeasureSetting, 'idleCpuSeconds'> & {
  readonly options: RunOptions;
  readonly recording: Recording;
  readonly pool: StackPool;
  readonly pgbench: string | undefined;
  readonly cores: number;
};

/** The bench of one scenario. Stacks are started when the first block is to be measured: a run that is resumed may need none. */
export function createBench(scenario: Scenario, setting: BenchSetting): Bench {
  const { options, recording, pool, progress, cores } = setting;
  const isGiven = options.url !== undefined;
  const stackOf = async (configuration: ConfigurationName): Promise<[Stack, MeasureSetting]> => {
    const stacks = await pool.have(scenario.configurations);
    const stack = stacks.get(configuration);
    if (stack === undefined)
      throw new Error(`expected a stack ${configuration}, found ${[...stacks.keys()].join(', ')}`);
    for (const { configuration: described } of stacks.values()) recording.describe(described);
    const others = [...stacks.values()].filter((other) => other !== stack);
    const idleCpuSeconds = () =>
      others.reduce<number | undefined>(
        (sum, other) => add(sum, other.cpuSeconds()),
        others.length > 0 ? 0 : undefined,
      );
    return [stack, { ...setting, idleCpuSeconds }];
  };

  const look = async ({ configuration, repetition, plan }: Measurement): Promise<readonly Block[]> => {
    const [stack, measuring] = await stackOf(configuration);
    const whole: K6Plan = {
      ...plan,
      url: stack.configuration.url,
      // The same requests for all configurations of a repetition, others in the next.
      seed: mixSeeds(options.seed, repetition),
      population: { users: options.users, conversations: options.conversations },
      ...(stack.conversationIds ? { conversationIds: stack.conversationIds } : {}),
      readShare,
      summaryFile: join(tmpdir(), `chatstack-load-${process.pid}.json`),
    };
    return measure({ scenario: scenario.name, configuration, repetition }, { stack, plan: whole }, measuring);
  };

  const keep = async (
    { configuration, repetition }: Pick<Measurement, 'configuration' | 'repetition'>,
    targets: readonly Block['target'][],
    make: () => Promise<readonly Block[]>,
  ): Promise<readonly Block[]> => {
    for (;;) {
      const found = recording.find({ scenario: scenario.name, configuration, repetition }, targets);
      if (found) return found;
      const blocks = await make();
      recording.add(blocks);
      for (const block of blocks) {
        progress.done(describeBlock(block, cores));
        if (block.void !== undefined) progress.warn(`counts for nothing: ${block.void}`);
      }
    }
  };

  const pooler = async (measurement: PoolerMeasurement): Promise<readonly Block[]> => {
    const { configuration, repetition, clients, rate, seconds } = measurement;
    if (setting.pgbench === undefined) throw new Error('expected pgbench, found none');
    const [stack, measuring] = await stackOf(configuration);
    progress.underWay(`pooler: ${clients.toLocaleString('en')} clients log in`);
    const plan = { clients, rate, seconds, conversations: options.conversations, seed: options.seed };
    const name = { scenario: scenario.name, configuration, repetition };
    return [await measurePooler(name, { stack, plan, program: setting.pgbench }, measuring)];
  };

  return {
    settings: options,
    configurations: isGiven ? ['given'] : scenario.configurations,
    full: isGiven ? 'given' : 'full-stack',
    blocks: () => recording.blocks,
    look,
    measure: (measurement) =>
      keep(
        measurement,
        spansOf(measurement.plan).map(({ target }) => target),
        () => look(measurement),
      ),
    measurePooler: (measurement) =>
      keep(measurement, [{ connections: measurement.clients, arrivalRate: measurement.rate }], () =>
        pooler(measurement),
      ),
    say: (text) => progress.done(text),
  };
}

const add = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;
