import type { Population } from '../../model/population.ts';
import type { ConfigurationName } from '../../results/load-run.ts';
import type { Progress } from '../progress.ts';
import { openGivenStack } from './given-stack.ts';
import { loadData } from './load-data.ts';
import { type LocalSource, type LocalStack, startLocalStack } from './local-stack.ts';
import { type LocalConfigurationName, requireEqualBudgets } from './plan-configuration.ts';
import type { Stack } from './stack.ts';

/** The stacks of a run: those that a scenario needs are up, with the same data, and no others. */
export type StackPool = {
  /** The stacks of these configurations, started where they are not up; others are stopped. */
  readonly have: (names: readonly LocalConfigurationName[]) => Promise<ReadonlyMap<ConfigurationName, Stack>>;
  readonly stop: () => Promise<void>;
};

type Data = { readonly population: Population; readonly seed: number; readonly signal: AbortSignal };

const seconds = (began: number): string => `${((performance.now() - began) / 1000).toFixed(0)} s`;

const describeData = ({ messages, conversations }: Population): string =>
  `${messages.toLocaleString('en')} messages in ${conversations.toLocaleString('en')} conversations`;

/** Stacks of this machine. */
export function openLocalPool(source: LocalSource, { population, seed, signal }: Data, progress: Progress): StackPool {
  const stacks = new Map<LocalConfigurationName, LocalStack>();
  const stop = async (kept: readonly LocalConfigurationName[]): Promise<void> => {
    const leaving = [...stacks].filter(([name]) => !kept.includes(name));
    for (const [name] of leaving) stacks.delete(name);
    await Promise.all(leaving.map(([, stack]) => stack.stop()));
  };
  const start = async (names: readonly LocalConfigurationName[]): Promise<void> => {
    const began = performance.now();
    progress.underWay(`starting ${names.join(', ')}`);
    // One after the other: where one fails, those that are up can be stopped.
    for (const name of names) {
      signal.throwIfAborted();
      stacks.set(name, await startLocalStack(name, source));
    }
    progress.done(`${names.join(', ')} started in ${seconds(began)}`);
    requireEqualBudgets([...stacks.values()].map(({ configuration }) => configuration));
    const fresh = names.flatMap((name) => stacks.get(name) ?? []);
    const loading = performance.now();
    progress.underWay(`loading ${describeData(population)}`);
    await loadData(
      fresh.map(({ direct }) => direct),
      { population, seed, signal },
    );
    await Promise.all(fresh.map((stack) => stack.forgetPages()));
    progress.done(`${describeData(population)} loaded into each in ${seconds(loading)}`);
  };
  return {
    have: async (names) => {
      await stop(names);
      const missing = names.filter((name) => !stacks.has(name));
      if (missing.length > 0) await start(missing);
      return stacks;
    },
    stop: () => stop([]),
  };
}

/** The stack of a URL, whatever is asked for. */
export function openGivenPool(
  url: string,
  prometheusUrl: string | undefined,
  data: Data,
  progress: Progress,
): StackPool {
  let stack: Stack | undefined;
  return {
    have: async () => {
      if (stack === undefined) {
        const began = performance.now();
        progress.underWay(`making ${describeData(data.population)} at ${url}`);
        stack = await openGivenStack(url, prometheusUrl, data);
        progress.done(`${describeData(data.population)} at ${url}, made in ${seconds(began)}`);
      }
      return new Map([['given', stack]]);
    },
    stop: async () => undefined,
  };
}
