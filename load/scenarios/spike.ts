import { easyRate, planArrivals, roundRate } from './arrivals.ts';
import { overhead, type Scenario } from './scenario.ts';

/** How many times as much comes at once, and for how long each part is, in seconds. */
const spikeFactor = 5;
const part = 15;

/** Part of the peak that a spike goes up to, where the peak was found. */
const ofPeak = 0.8;

/** Load that comes at once and goes again: blocks of before, during and after. */
export const spike: Scenario = {
  name: 'spike',
  configurations: ['full-stack'],
  connections: () => 2000,
  seconds: ({ warmUpSeconds }) => warmUpSeconds + 3 * part + overhead,
  run: async ({ settings, full, blocks, measure }) => {
    const rates = blocks().flatMap(({ scenario, target, void: why }) =>
      scenario === 'peak' && why === undefined ? (target.arrivalRate ?? []) : [],
    );
    const high = rates.length > 0 ? roundRate(Math.max(...rates) * ofPeak) : easyRate(settings, blocks()) * spikeFactor;
    const usual = Math.max(Math.round(high / spikeFactor), 1);
    const plan = planArrivals([
      ...(settings.warmUpSeconds > 0 ? [{ seconds: settings.warmUpSeconds, arrivalRate: usual, measured: false }] : []),
      { seconds: part, arrivalRate: usual, measured: true },
      { seconds: part, arrivalRate: high, measured: true },
      { seconds: part, arrivalRate: usual, measured: true },
    ]);
    await measure({ configuration: full, repetition: 0, plan });
  },
};
