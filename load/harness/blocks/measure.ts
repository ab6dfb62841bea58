import { rmSync } from 'node:fs';
import type { K6Plan } from '../../k6/k6-plan.ts';
import type { Block, ConfigurationName, ScenarioName } from '../../results/load-run.ts';
import type { Generator } from '../generator/generator.ts';
import { crossedThresholds, readOutcome } from '../generator/k6-summary.ts';
import { type K6Setting, startK6 } from '../generator/run-k6.ts';
import type { Progress } from '../progress.ts';
import { openCpuProbe, treeOf } from '../sampling/cpu-probe.ts';
import { openK6Probe } from '../sampling/k6-probe.ts';
import type { Probe, Reading } from '../sampling/probe.ts';
import { type Observation, startSampler } from '../sampling/sampler.ts';
import type { Stack } from '../stacks/stack.ts';
import { lengthOf, type Span, spansOf } from './spans.ts';

/** Which blocks are to be measured: the first span's repetition, and those of further ones count on. */
export type BlockName = {
  readonly scenario: ScenarioName;
  readonly configuration: ConfigurationName;
  readonly repetition: number;
};

/** What a block is measured with. */
export type MeasureSetting = {
  readonly k6: K6Setting;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Processor time of the stacks that are not measured, in seconds. */
  readonly idleCpuSeconds: () => number | undefined;
};

/** Seconds beside its plan that k6 may take: virtual users are made ready, and the last answers waited for. */
const spare = 240;

const now = (): number => performance.now() / 1000;

/** The harness itself is a cost, too. */
const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

type Watched<Outcome> = {
  readonly outcome: Outcome;
  readonly restarts: number | undefined;
  readonly startedAt: (span: Span) => string;
  readonly samplesOf: (span: Span) => Block['samples'];
};

/** What is watched: a stack, for so many seconds from when the generator began, and a generator that may be there for so many. */
type Watch = {
  readonly name: BlockName;
  readonly stack: Stack;
  readonly seconds: number;
  readonly patience: number;
  readonly probes?: readonly Probe[];
};

/** Watches a stack while a generator puts it under load; ends the generator when it is overdue, or the run is broken off. */
export async function watch<Outcome>(
  { name, stack, seconds, patience, probes: more = [] }: Watch,
  start: () => Generator<Outcome>,
  { signal, progress, idleCpuSeconds }: Omit<MeasureSetting, 'k6'>,
): Promise<Watched<Outcome>> {
  signal.throwIfAborted();
  const probes = [...(await stack.openProbes()), ...more];
  const generator = start();
  signal.addEventListener('abort', generator.stop, { once: true });
  const overdue = setTimeout(generator.stop, patience * 1000);
  let sampler: ReturnType<typeof startSampler> | undefined;
  try {
    await generator.begun;
    const began = now();
    const beganAt = Date.now();
    const sources = { generator: treeOf(generator.pid), harness: ownCpuSeconds, 'idle stacks': idleCpuSeconds };
    sampler = startSampler([...probes, openCpuProbe(sources)], now, ({ at, reading }) =>
      progress.underWay(`${name.scenario} ${name.configuration}: ${describeMoment(seconds - (at - began), reading)}`),
    );
    const outcome = await Promise.race([generator.outcome, stack.failed.then(rethrow)]);
    await sampler.stop();
    const { observations } = sampler;
    return {
      outcome,
      restarts: restartsOf(probes),
      startedAt: ({ start: at }) => new Date(beganAt + at * 1000).toISOString(),
      samplesOf: (span) => samplesOf(observations, began, span),
    };
  } finally {
    clearTimeout(overdue);
    signal.removeEventListener('abort', generator.stop);
    generator.stop();
    await sampler?.stop();
    await Promise.all(probes.map((probe) => probe.close?.()));
  }
}

const rethrow = (error: Error): never => {
  throw error;
};

const describeMoment = (left: number, { answers, failed, cores = {}, clientsWaiting }: Reading): string =>
  [
    `${Math.max(left, 0).toFixed(0)} s left`,
    ...(answers === undefined ? [] : [`${answers}/s answered`]),
    ...(failed ? [`${failed} failed`] : []),
    ...(clientsWaiting ? [`${clientsWaiting} wait for a connection`] : []),
    `generator ${(cores.generator ?? 0).toFixed(2)} cores`,
  ].join(', ');

/** Puts a stack under load with k6 and answers a block for each measured span. Throws what kept it from being measured, or whatever an end at `signal` leads to. */
export async function measure(
  name: BlockName,
  { stack, plan }: { readonly stack: Stack; readonly plan: K6Plan },
  setting: MeasureSetting,
): Promise<readonly Block[]> {
  const seconds = lengthOf(plan);
  const probes = [openK6Probe(setting.k6.address)];
  try {
    const seen = await watch(
      { name, stack, seconds, patience: seconds + spare, probes },
      () => startK6(plan, setting.k6),
      setting,
    );
    const crossed = crossedThresholds(seen.outcome);
    if (crossed.length > 0) setting.progress.warn(`thresholds crossed: ${crossed.join(', ')}`);
    return spansOf(plan).map((span, index) => ({
      ...name,
      repetition: name.repetition + index,
      startedAt: seen.startedAt(span),
      seconds: span.seconds,
      target: span.target,
      ...readOutcome(seen.outcome, index, span.seconds),
      ...(seen.restarts === undefined ? {} : { restarts: seen.restarts }),
      samples: seen.samplesOf(span),
    }));
  } finally {
    rmSync(plan.summaryFile, { force: true });
  }
}

const restartsOf = (probes: readonly Probe[]): number | undefined =>
  probes.reduce<number | undefined>((sum, { restarts }) => (restarts ? (sum ?? 0) + restarts() : sum), undefined);

/** What was seen in a span and before it, counted from its start. A second is known by its begin: what was seen at 1 s came after 0 s. */
function samplesOf(observations: readonly Observation[], began: number, span: Span): Block['samples'] {
  return observations.flatMap(({ at, reading }) => {
    const begin = at - began - span.start - 1;
    return begin >= -span.lead - 0.5 && begin < span.seconds - 0.5
      ? [{ ...reading, at: Number(begin.toFixed(3)), cores: reading.cores ?? {} }]
      : [];
  });
}
