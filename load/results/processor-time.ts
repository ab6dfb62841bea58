import { meanOf, medianOf } from '../statistics/spread.ts';
import { type Group, measuredSamples } from './groups.ts';
import type { Block, LoadRun } from './load-run.ts';

/** Processes by name → cores that they kept busy, as a mean over the measured part and the median of the blocks. */
export type ProcessorTime = {
  readonly processes: ReadonlyMap<string, number>;
  /** Cores of the whole machine that were busy; undefined where that was not sampled. */
  readonly machine: number | undefined;
};

/** The order in which processes are told: along the way of a request. Others follow by name. */
const ALONG_THE_WAY: readonly string[] = ['generator', 'harness', 'service', 'redis', 'pgbouncer', 'postgres'];

/** Names of processes in the order of a request's way. */
export const inOrder = (names: readonly string[]): readonly string[] => [
  ...ALONG_THE_WAY.filter((name) => names.includes(name)),
  ...names.filter((name) => !ALONG_THE_WAY.includes(name)).sort(),
];

/** Cores that each process of some blocks kept busy. */
export function processorTimeOf(blocks: readonly Block[]): ProcessorTime {
  const sampled = blocks.map(measuredSamples).filter((samples) => samples.length > 0);
  const names = inOrder([...new Set(sampled.flatMap((samples) => samples.flatMap(({ cores }) => Object.keys(cores))))]);
  const means = (name: string) => sampled.map((samples) => meanOf(samples.map(({ cores }) => cores[name] ?? 0)));
  const machines = sampled.flatMap((samples) => {
    const values = samples.flatMap(({ machineCores }) => machineCores ?? []);
    return values.length === 0 ? [] : [meanOf(values)];
  });
  return {
    processes: new Map(names.map((name) => [name, medianOf(means(name))])),
    machine: machines.length === 0 ? undefined : medianOf(machines),
  };
}

/** Processes that make the load and watch what it does, rather than bear it. */
const MAKERS: readonly string[] = ['generator', 'harness'];

/** Cores that went into making the load; undefined where that was not sampled. */
export function loadCost({ processes }: ProcessorTime): number | undefined {
  const costs = MAKERS.flatMap((name) => processes.get(name) ?? []);
  return costs.length === 0 ? undefined : costs.reduce((sum, cost) => sum + cost, 0);
}

/** Processes beside the stack that is measured: other configurations' stacks wait for their turn. */
const BESIDE: readonly string[] = [...MAKERS, 'idle stacks'];

/** Whether a process is one of the stack that is measured. */
export const isOfStack = (name: string): boolean => !BESIDE.includes(name);

/** Cores that the stack itself kept busy. */
export const stackCost = ({ processes }: ProcessorTime): number =>
  [...processes].reduce((sum, [name, cores]) => (isOfStack(name) ? sum + cores : sum), 0);

/** Cores that kept busy with neither load nor stack: other programs of the machine. Undefined where the machine was not sampled. */
export const othersCost = ({ processes, machine }: ProcessorTime): number | undefined =>
  machine === undefined
    ? undefined
    : Math.max(0, machine - [...processes.values()].reduce((sum, cores) => sum + cores, 0));

/** Above this share of a machine's cores, what else it does is in the figures. */
const DISTURBED = 0.1;

/**
 * Cores that other programs kept busy in the median group, where they are so many that figures suffer; undefined where the machine was
 * quiet, and where that cannot be told: of a given stack, what its Postgres uses is not known.
 */
export function disturbanceOf(
  groups: readonly Pick<Group, 'configuration' | 'blocks'>[],
  { cores }: Pick<LoadRun['environment'], 'cores'>,
): number | undefined {
  const known = groups.filter(({ configuration }) => configuration !== 'given');
  const usual = medianOf(known.flatMap(({ blocks }) => othersCost(processorTimeOf(blocks)) ?? []));
  return usual > DISTURBED * cores ? usual : undefined;
}

/** Busy above this share of what it may have, something is saturated: waits grow without bound as this nears 1. */
export const SATURATED = 0.9;

/** Programs that do their work on one thread: more cores than one are of no use to a process of theirs. */
const SINGLE_THREADED: Readonly<Record<string, string | undefined>> = {
  service: 'service.replicas',
  pgbouncer: 'pgbouncer.replicas',
  redis: undefined,
};

/** Cores that all processes of a name can keep busy together at most: one each for what has one thread, and never more than there are. */
export function ceilingOf(
  name: string,
  fields: LoadRun['configurations'][number]['fields'],
  { cores }: Pick<LoadRun['environment'], 'cores'>,
): number {
  if (!(name in SINGLE_THREADED)) return cores;
  const field = SINGLE_THREADED[name];
  const replicas = Number(field === undefined ? 1 : (fields[field] ?? 1));
  return Math.min(cores, Math.max(1, replicas));
}

/** Whether the machine had nothing to spare, so that the generator took from what it measured. */
export const isMachineFull = ({ machine }: ProcessorTime, cores: number): boolean =>
  machine !== undefined && machine >= SATURATED * cores;
