import type { Probe, Reading } from './probe.ts';

/** What was seen in one round, and when, in seconds of the caller's clock. */
export type Observation = { readonly at: number; readonly reading: Reading };

/** Rounds that go on until they are stopped. */
export type Sampler = {
  readonly observations: readonly Observation[];
  /** Resolves when the round under way has ended. */
  readonly stop: () => Promise<void>;
};

const round = 1000; // ms

/** Asks all probes once a second; a round that takes longer than that leaves seconds out rather than ask twice at once. */
export function startSampler(
  probes: readonly Probe[],
  now: () => number,
  onReading: (observation: Observation) => void = () => undefined,
): Sampler {
  const observations: Observation[] = [];
  let underWay: Promise<void> | undefined;
  const observe = async (): Promise<void> => {
    const at = now();
    const readings = await Promise.all(probes.map((probe) => probe.read().catch((): Reading => ({}))));
    const cores = Object.assign({}, ...readings.map((reading) => reading.cores ?? {}));
    const observation = { at, reading: { ...Object.assign({}, ...readings), cores } };
    observations.push(observation);
    onReading(observation);
  };
  const timer = setInterval(() => {
    underWay ??= observe().finally(() => {
      underWay = undefined;
    });
  }, round);
  return {
    observations,
    stop: async () => {
      clearInterval(timer);
      await underWay;
    },
  };
}
