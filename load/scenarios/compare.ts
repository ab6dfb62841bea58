import type { ConfigurationName } from '../results/load-run.ts';
import { comparedRate, planRate, roundRate } from './arrivals.ts';
import { findHighest, isBorne } from './rising-rates.ts';
import { type Bench, overhead, type Scenario } from './scenario.ts';

/** Part of the highest rate baseline bears at which all are compared: it is busy, and its queue does not grow. */
const comparedShare = 0.7;

const calibration = { first: 40, factor: 1.5, warmUpSeconds: 2, seconds: 5, steps: 10 } as const;

/** Order of the blocks of a repetition: ABC, BCA, CAB, so that none is always first, or always after the same. */
export function orderOf<T>(configurations: readonly T[], repetition: number): readonly T[] {
  const start = repetition % configurations.length;
  return [...configurations.slice(start), ...configurations.slice(0, start)];
}

/** What the first configuration, the weakest, bears; looks that count for nothing. */
async function calibrate({ look, say, settings }: Bench, configuration: ConfigurationName): Promise<number> {
  const { first, factor, warmUpSeconds, seconds } = calibration;
  const highest = await findHighest(first, factor, async (rate, repetition) => {
    const [block] = await look({ configuration, repetition, plan: planRate(rate, warmUpSeconds, seconds) });
    return block !== undefined && isBorne(block, settings.boundMilliseconds);
  });
  if (highest === undefined)
    throw new Error(
      `expected ${configuration} to bear ${first} requests a second with p95 within ${settings.boundMilliseconds} ms, found that it does not; tell a lower --rate or a higher --bound`,
    );
  const rate = roundRate(highest * comparedShare);
  say(`${configuration} bears ${highest} requests a second; all are compared at ${rate}`);
  return rate;
}

/** Configurations at one arrival rate, in blocks that take turns. */
export const compare: Scenario = {
  name: 'compare',
  configurations: ['baseline', 'pooling', 'full-stack'],
  connections: () => 2000,
  seconds: ({ rate, repetitions, warmUpSeconds, blockSeconds }) =>
    (rate === undefined ? calibration.steps * (calibration.warmUpSeconds + calibration.seconds + overhead) : 0) +
    3 * repetitions * (warmUpSeconds + blockSeconds + overhead),
  run: async (bench) => {
    const { settings, configurations, measure, blocks } = bench;
    const [first] = configurations;
    if (first === undefined) return;
    const rate = comparedRate(settings, blocks()) ?? (await calibrate(bench, first));
    for (let repetition = 0; repetition < settings.repetitions; repetition += 1)
      for (const configuration of orderOf(configurations, repetition))
        await measure({
          configuration,
          repetition,
          plan: planRate(rate, settings.warmUpSeconds, settings.blockSeconds),
        });
  },
};
