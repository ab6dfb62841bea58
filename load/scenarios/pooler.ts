import type { Scenario, ScenarioSettings } from './scenario.ts';

/** Transactions of a client, in means of the think time: as the crowd of stress would make without a service between. */
const rateOf = (clients: number, { thinkSeconds }: ScenarioSettings): number => Math.round(clients / thinkSeconds);

/** Logins a second: each proves its password by SCRAM, which costs both sides some milliseconds. */
const loginsPerSecond = 150;

const stepsOf = ({ connections }: ScenarioSettings): readonly number[] => {
  const most = connections.at(-1) ?? 1;
  return [Math.ceil(most / 2), most];
};

/** As many clients as stress has, and half of them, straight at PgBouncer: how long they wait for one of its few connections. */
export const pooler: Scenario = {
  name: 'pooler',
  configurations: ['full-stack'],
  connections: (settings) => settings.connections.at(-1) ?? 1,
  seconds: (settings) =>
    stepsOf(settings).reduce((sum, clients) => sum + clients / loginsPerSecond + settings.blockSeconds, 0),
  run: async ({ settings, full, measurePooler }) => {
    for (const clients of stepsOf(settings))
      await measurePooler({
        ...{ configuration: full, repetition: 0, clients },
        ...{ rate: rateOf(clients, settings), seconds: settings.blockSeconds },
      });
  },
};
