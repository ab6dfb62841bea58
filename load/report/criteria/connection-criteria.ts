import { describeLoad, type Group, mostOf, p95sOf, type SampleField, sampledValues } from '../../results/groups.ts';
import type { Block } from '../../results/load-run.ts';
import { medianOf, spreadOf } from '../../statistics/spread.ts';
import { formatMilliseconds, formatNumber, formatShare, formatSpread } from '../figures.ts';
import { type Criterion, explainMiss, type Finding, notMeasured, type Results, stateOf } from './criterion.ts';

/** Scenarios that hold a number of connections. */
const HELD = ['stress', 'pooler', 'soak'] as const;

/** Groups of those scenarios that held so many connections, behind a pooler. */
const groupsAt = (groups: readonly Group[], connections: number): readonly Group[] =>
  groups.filter(
    ({ scenario, configuration, target }) =>
      (HELD as readonly string[]).includes(scenario) &&
      configuration !== 'baseline' &&
      target.connections === connections,
  );

/** A bound on the most that was seen at a number of connections, whoever held them. */
function judgeMost(
  results: Results,
  connections: number,
  field: SampleField,
  {
    bounds: [isMet, isAimReached],
    format,
  }: { bounds: readonly ((most: number) => boolean)[]; format: (value: number) => string },
): Finding {
  const seen = groupsAt(results.groups, connections).flatMap((group) => {
    const most = mostOf(group.blocks, field);
    return most === undefined ? [] : [{ group, most }];
  });
  const worst = seen.toSorted((one, other) => other.most - one.most)[0];
  if (worst === undefined)
    return notMeasured(`no stack behind a pooler with ${connections.toLocaleString('en')} connections`);
  const state = stateOf(isMet?.(worst.most) ?? false, isAimReached?.(worst.most));
  const tell = (group: Group) => format(mostOf(group.blocks, field) ?? Number.NaN);
  const miss = state === 'missed' ? explainMiss(worst.group, results, tell) : undefined;
  return {
    state,
    measured: format(worst.most),
    note: `${seen.map(({ group, most }) => `${group.scenario} ${format(most)}`).join(', ')}.${miss ? ` ${miss}` : ''}`,
  };
}

/** How long a client waits at most for a connection to the database. */
export const queueWaitCriterion = (connections: number): Criterion => ({
  title: `longest wait in PgBouncer's queue at ${connections.toLocaleString('en')} connections`,
  target: '< 500 ms',
  aim: '< 50 ms',
  judge: (results) =>
    judgeMost(results, connections, 'queueWaitMilliseconds', {
      bounds: [(most) => most < 500, (most) => most < 50],
      format: formatMilliseconds,
    }),
});

/** How few connections the database serves for many clients. */
export const databaseConnectionsCriterion: Criterion = {
  title: 'database connections at 10,000 connections',
  target: '≤ 100',
  aim: '≤ 25',
  judge: (results) =>
    judgeMost(results, 10_000, 'databaseConnections', {
      bounds: [(most) => most <= 100, (most) => most <= 25],
      format: formatNumber,
    }),
};

/** By how much memory may be higher at the end of a soak than in its second quarter: less is the garbage collector's coming and going. */
const FLAT = 0.1;

/**
 * Growth of the service's memory within a block: the median of the last quarter over that of the second, less 1. The first quarter is left
 * out, for a process fills its heap first. Undefined where memory was not sampled.
 */
export function memoryGrowth(block: Block): number | undefined {
  const values = sampledValues([block], 'serviceBytes');
  if (values.length < 8) return undefined;
  const quarter = Math.floor(values.length / 4);
  return medianOf(values.slice(-quarter)) / medianOf(values.slice(quarter, 2 * quarter)) - 1;
}

/** Whether 10,000 people can stay connected. */
export const soakCriterion: Criterion = {
  title: '10,000 keep-alive connections for 10 minutes',
  target: '0 failed, 0 restarts, memory flat, p95 ≤ 100 ms',
  judge(results) {
    const soaks = results.groups.filter(({ scenario }) => scenario === 'soak');
    const group = soaks.findLast(
      ({ target, blocks }) => (target.connections ?? 0) >= 10_000 && blocks.every(({ seconds }) => seconds >= 600),
    );
    if (group === undefined) {
      const shorter = soaks.at(-1);
      return notMeasured(
        shorter === undefined
          ? 'no soak'
          : `a soak of ${describeLoad(shorter.target)} for ${shorter.blocks[0]?.seconds} s only: ${tellSoak(shorter)}`,
      );
    }
    const sum = (of: (block: Block) => number) => group.blocks.reduce((total, block) => total + of(block), 0);
    const growths = group.blocks.flatMap((block) => memoryGrowth(block) ?? []);
    const isKept =
      sum(({ requests }) => requests.failed) === 0 &&
      sum(({ restarts }) => restarts ?? Number.NaN) === 0 &&
      growths.length > 0 &&
      growths.every((growth) => growth <= FLAT) &&
      Math.max(...p95sOf(group)) <= 100;
    const note = isKept ? undefined : explainMiss(group, results, tellSoak);
    return { state: stateOf(isKept), measured: tellSoak(group), ...(note ? { note } : {}) };
  },
};

function tellSoak(group: Group): string {
  const total = (of: (block: Block) => number) => group.blocks.reduce((sum, block) => sum + of(block), 0);
  const growths = group.blocks.flatMap((block) => memoryGrowth(block) ?? []);
  const restarts = total((block) => block.restarts ?? Number.NaN);
  return [
    `${formatNumber(total(({ requests }) => requests.failed))} of ${formatNumber(total(({ requests }) => requests.answered + requests.failed))} failed`,
    Number.isNaN(restarts) ? 'restarts not seen' : `${restarts} restarts`,
    growths.length === 0 ? 'memory not seen' : `memory ${signed(medianOf(growths))}`,
    `p95 ${formatSpread(spreadOf(p95sOf(group)), formatMilliseconds)}`,
  ].join(', ');
}

const signed = (share: number): string => `${share >= 0 ? '+' : '−'}${formatShare(Math.abs(share))}`;
