import { mixedLatencyAt } from '../statistics/mixture.ts';
import { medianOf } from '../statistics/spread.ts';
import {
  type Block,
  type ConfigurationName,
  type LoadRun,
  type Sample,
  type ScenarioName,
  scenarioNames,
} from './load-run.ts';

/** Blocks that measured the same: one scenario, one configuration, one load. Void ones are not among them. */
export type Group = {
  readonly scenario: ScenarioName;
  readonly configuration: ConfigurationName;
  readonly target: Block['target'];
  readonly blocks: readonly Block[];
};

/** Requests that arrive a second, or connections: what a group's load is counted in. */
export const loadOf = ({ target }: Pick<Group, 'target'>): number => target.connections ?? target.arrivalRate ?? 0;

/** A load in words, such as `200 requests/s` or `10,000 connections`. */
export function describeLoad({ connections, arrivalRate }: Block['target']): string {
  const parts = [
    ...(connections === undefined ? [] : [`${connections.toLocaleString('en')} connections`]),
    ...(arrivalRate === undefined ? [] : [`${arrivalRate.toLocaleString('en')} requests/s`]),
  ];
  return parts.length === 0 ? 'no target' : parts.join(', ');
}

/** What tells groups apart. */
export const keyOf = ({ scenario, configuration, target }: Omit<Group, 'blocks'>): string =>
  [scenario, configuration, target.connections ?? '', target.arrivalRate ?? ''].join(' ');

const order = ({ scenario, configuration, target }: Group, names: readonly string[]): number[] => [
  scenarioNames.indexOf(scenario),
  loadOf({ target }),
  names.indexOf(configuration),
];

/** The blocks that count, grouped by what they measured: by scenario, then load, then configuration in the run's order. */
export function groupBlocks({ blocks, configurations }: LoadRun): readonly Group[] {
  const counted = blocks.filter((block) => block.void === undefined);
  const names = configurations.map(({ name }) => name);
  return [...Map.groupBy(counted, keyOf).values()]
    .map((group) => {
      const { scenario, configuration, target } = group[0] as Block;
      return { scenario, configuration, target, blocks: group.toSorted((a, b) => a.repetition - b.repetition) };
    })
    .toSorted((one, other) => {
      const [a, b] = [order(one, names), order(other, names)];
      return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
    });
}

/** Samples of the measured part: those of the warm-up are left out. */
export const measuredSamples = ({ samples }: Block): readonly Sample[] => samples.filter(({ at }) => at >= 0);

/** A field of the samples that is one number. */
export type SampleField = Exclude<keyof Sample, 'cores'>;

/** The values of one field in the measured part of some blocks, where it could be asked. */
export const sampledValues = (blocks: readonly Block[], field: SampleField): readonly number[] =>
  blocks.flatMap((block) => measuredSamples(block).flatMap((sample) => sample[field] ?? []));

/** The most that was sampled of a field in some blocks; undefined where it was not sampled. */
export function mostOf(blocks: readonly Block[], field: SampleField): number | undefined {
  const values = sampledValues(blocks, field);
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value));
}

/** Share of a block's requests that failed. */
export const failedShare = ({ requests: { answered, failed } }: Block): number =>
  failed / Math.max(1, answered + failed);

/** Kinds of requests that clients wait for over HTTP. */
const httpKinds = ['read', 'send'] as const;

/** Milliseconds within which a share of a block's requests were answered: reads and sends together, or what else it has. */
export function latencyOf({ latency }: Block, share: number): number {
  const http = httpKinds.flatMap((kind) => latency[kind] ?? []);
  return mixedLatencyAt(http.length > 0 ? http : Object.values(latency), share);
}

/** The 95th percentile of each block of a group, in milliseconds. */
export const p95sOf = ({ blocks }: Pick<Group, 'blocks'>): readonly number[] =>
  blocks.map((block) => latencyOf(block, 0.95)).filter(Number.isFinite);

/** The median of the blocks' own medians of a sampled field; undefined where it was not sampled. */
export function usualOf(blocks: readonly Block[], field: SampleField): number | undefined {
  const medians = blocks.map((block) => sampledValues([block], field)).filter((values) => values.length > 0);
  return medians.length === 0 ? undefined : medianOf(medians.map(medianOf));
}
