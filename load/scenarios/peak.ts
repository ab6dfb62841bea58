import { easyRate, planRate } from './arrivals.ts';
import { findHighest, isBorne } from './rising-rates.ts';
import { overhead, type Scenario } from './scenario.ts';

const steps = { factor: 1.3, warmUpSeconds: 4, seconds: 10, usual: 10 } as const;

const halves = 3;

/** The highest rate that the full stack bears, by rising steps, and then half of it. */
export const peak: Scenario = {
  name: 'peak',
  configurations: ['full-stack'],
  connections: () => 2000,
  seconds: ({ warmUpSeconds, blockSeconds }) =>
    steps.usual * (steps.warmUpSeconds + steps.seconds + overhead) + halves * (warmUpSeconds + blockSeconds + overhead),
  run: async ({ settings, full, blocks, measure, say }) => {
    const { boundMilliseconds, warmUpSeconds, blockSeconds } = settings;
    const highest = await findHighest(easyRate(settings, blocks()), steps.factor, async (rate, repetition) => {
      const plan = planRate(rate, steps.warmUpSeconds, steps.seconds);
      const [block] = await measure({ configuration: full, repetition, plan });
      return block !== undefined && isBorne(block, boundMilliseconds);
    });
    if (highest === undefined) return;
    say(`${full} bears ${highest} requests a second with p95 within ${boundMilliseconds} ms`);
    for (let repetition = 0; repetition < halves; repetition += 1)
      await measure({
        ...{ configuration: full, repetition },
        plan: planRate(Math.round(highest / 2), warmUpSeconds, blockSeconds),
      });
  },
};
