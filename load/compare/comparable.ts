import { describeLoad, type Group, keyOf } from '../results/groups.ts';
import type { LoadRun } from '../results/load-run.ts';

/** Two runs, the older one first. */
export type Pair = readonly [before: LoadRun, after: LoadRun];

/** Settings that decide what is asked of a stack; how often it is asked does not. */
const DECISIVE = [
  'seed',
  'conversations',
  'messages',
  'users',
  'readShare',
  'thinkSeconds',
  'warmUpSeconds',
  'blockSeconds',
] as const;

const kindOf = ({ scenario, configuration }: Group): string => `${scenario} of ${configuration}`;

const loadsOf = (groups: readonly Group[], kind: string): string =>
  groups
    .filter((group) => kindOf(group) === kind)
    .map(({ target }) => describeLoad(target))
    .join(', ');

/** Scenarios whose loads follow from what the stack bears: those of two runs may differ though the same was asked for. */
const ADAPTIVE: readonly string[] = ['peak', 'spike'];

/** Kinds of blocks that both runs have, but under no load in common. */
function unlikeLoads([before, after]: readonly [readonly Group[], readonly Group[]]): readonly string[] {
  const keys = new Set(before.map(keyOf));
  const chosen = before.filter(({ scenario }) => !ADAPTIVE.includes(scenario));
  const kinds = [...new Set(chosen.map(kindOf))].filter((kind) => after.some((group) => kindOf(group) === kind));
  return kinds
    .filter((kind) => !after.some((group) => kindOf(group) === kind && keys.has(keyOf(group))))
    .map((kind) => `${kind}: ${loadsOf(before, kind)} and ${loadsOf(after, kind)}`);
}

/** Why two runs cannot be compared: each setting or load in which they differ. Empty where they can. */
export function whyNotComparable(
  [before, after]: Pair,
  groups: readonly [readonly Group[], readonly Group[]],
): readonly string[] {
  const settings = DECISIVE.filter((name) => before.settings[name] !== after.settings[name]).map(
    (name) => `${name}: ${before.settings[name]} and ${after.settings[name]}`,
  );
  const keys = new Set(groups[0].map(keyOf));
  const isNothingShared = !groups[1].some((group) => keys.has(keyOf(group)));
  const loads = unlikeLoads(groups);
  return [...settings, ...loads, ...(isNothingShared && loads.length === 0 ? ['no scenario that both measured'] : [])];
}

const describeMachine = ({ environment: { processor, cores, memoryBytes, system } }: LoadRun): string =>
  `${processor}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 20)} MiB, ${system}`;

/** Above this load of the machine for each of its cores, others were at work when a run began. */
const BUSY = 0.5;

/** What makes a comparison of two runs worth less, though it can be made. */
export function listDoubts([before, after]: Pair): readonly string[] {
  const machines = [before, after].map(describeMachine);
  const programs = [...new Set([before, after].flatMap(({ environment }) => Object.keys(environment.versions)))];
  const versions = programs.flatMap((name) => {
    const [one, other] = [before, after].map(({ environment }) => environment.versions[name] ?? 'none');
    return one === other ? [] : [`another ${name}: ${one} and ${other}`];
  });
  return [
    ...(machines[0] === machines[1] ? [] : [`different machines: ${machines.join(' and ')}`]),
    ...versions,
    ...(['first', 'second'] as const).flatMap((which, index) => {
      const { environment, state } = index === 0 ? before : after;
      const { loadAverage, cores } = environment;
      return [
        ...(loadAverage > BUSY * cores
          ? [`the machine was busy when the ${which} run began: load average ${loadAverage}`]
          : []),
        ...(state === 'complete' ? [] : [`the ${which} run is ${state}`]),
      ];
    }),
  ];
}
