import type { CrowdPlan } from '../k6/k6-plan.ts';
import { overhead, type Scenario, type ScenarioSettings } from './scenario.ts';

/** Connections a second that are opened: a crowd does not come at one moment. */
const arrivingPerSecond = 250;

const longestOf = ({ connections }: ScenarioSettings): number => connections.at(-1) ?? 1;

/** A crowd that has come, thought once, and is measured then. */
export const planCrowd = (
  connections: number,
  { thinkSeconds }: Pick<ScenarioSettings, 'thinkSeconds'>,
  seconds: number,
): CrowdPlan => ({
  ...{ kind: 'crowd', connections, thinkSeconds, seconds },
  rampSeconds: Math.ceil(connections / arrivingPerSecond),
  warmUpSeconds: Math.ceil(thinkSeconds),
});

const lengthOf = (plan: CrowdPlan): number => plan.rampSeconds + plan.warmUpSeconds + plan.seconds + 2 * overhead;

/** Rising numbers of people who stay connected and think between requests. */
export const stress: Scenario = {
  name: 'stress',
  configurations: ['full-stack'],
  connections: longestOf,
  seconds: (settings) =>
    settings.connections.reduce((sum, step) => sum + lengthOf(planCrowd(step, settings, settings.blockSeconds)), 0),
  run: async ({ settings, full, measure }) => {
    for (const step of settings.connections)
      await measure({ configuration: full, repetition: 0, plan: planCrowd(step, settings, settings.blockSeconds) });
  },
};

/** The most people of stress, for minutes: what leaks shows. */
export const soak: Scenario = {
  name: 'soak',
  configurations: ['full-stack'],
  connections: longestOf,
  seconds: (settings) => lengthOf(planCrowd(longestOf(settings), settings, settings.soakMinutes * 60)),
  run: async ({ settings, full, measure }) => {
    const plan = planCrowd(longestOf(settings), settings, Math.round(settings.soakMinutes * 60));
    await measure({ configuration: full, repetition: 0, plan });
  },
};
