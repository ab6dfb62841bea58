import { findBottleneck } from '../../results/bottleneck.ts';
import { describeLoad, type Group, loadOf } from '../../results/groups.ts';
import type { LoadRun } from '../../results/load-run.ts';
import { isMachineFull, loadCost, othersCost, processorTimeOf } from '../../results/processor-time.ts';
import { describeBottleneck } from '../describe-bottleneck.ts';
import { formatCores } from '../figures.ts';

/** How far a criterion is kept. */
export type State = 'aim reached' | 'met' | 'missed' | 'not measured';

/** What was found about a criterion, with the spread or interval of the figure, and what explains it. */
export type Finding = { readonly state: State; readonly measured: string; readonly note?: string };

/** A run, and its blocks that count in groups. */
export type Results = { readonly run: LoadRun; readonly groups: readonly Group[] };

/** A promise of the project about its speed. */
export type Criterion = {
  readonly title: string;
  readonly target: string;
  readonly aim?: string;
  judge(results: Results): Finding;
};

/** A criterion with what was found. */
export type Verdict = Finding & Pick<Criterion, 'title' | 'target' | 'aim'>;

/** Nothing in the run tells about the criterion; `what` says what would have to be there. */
export const notMeasured = (what: string): Finding => ({ state: 'not measured', measured: what });

/** A state by a bound for the target and, where there is one, for the aim. */
export function stateOf(isMet: boolean, isAimReached = false): State {
  if (!isMet) return 'missed';
  return isAimReached ? 'aim reached' : 'met';
}

/** How full the machine was while a group was measured, in words. */
function describeFullness(group: Group, { environment }: LoadRun): string {
  const used = processorTimeOf(group.blocks);
  const [load, others] = [loadCost(used), othersCost(used)].map((cores) => formatCores(cores ?? Number.NaN));
  const busy = formatCores(used.machine ?? Number.NaN);
  return `${busy} of ${environment.cores} cores were busy, ${load} of them with making the load, ${others} with neither load nor stack`;
}

/** Whether the machine had nothing to spare while a group was measured. */
export const isFull = ({ blocks }: Group, { environment }: LoadRun): boolean =>
  isMachineFull(processorTimeOf(blocks), environment.cores);

/**
 * Why a figure of a group falls short: what the stack ran out of. Where that may be the machine and not the stack, for generator and stack
 * shared all of its cores, the same figure is told of the highest load at which they did not.
 */
export function explainMiss(group: Group, { run, groups }: Results, tell: (group: Group) => string): string {
  if (!isFull(group, run)) return describeBottleneck(findBottleneck(group, run));
  const full = `At ${describeLoad(group.target)} the machine was full: ${describeFullness(group, run)}.`;
  const easier = groups.findLast(
    (other) =>
      (other.scenario === group.scenario || (other.scenario === 'stress' && group.target.connections !== undefined)) &&
      other.configuration === group.configuration &&
      loadOf(other) < loadOf(group) &&
      !isFull(other, run),
  );
  if (easier === undefined) return `${full} No lower load was measured at which it was not.`;
  return `${full} At the highest load at which it was not, ${describeLoad(easier.target)}: ${tell(easier)}.`;
}
