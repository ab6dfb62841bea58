import { findBottleneck } from '../../results/bottleneck.ts';
import { groupBlocks, mostOf } from '../../results/groups.ts';
import type { LoadRun } from '../../results/load-run.ts';
import { disturbanceOf, loadCost, processorTimeOf } from '../../results/processor-time.ts';
import type { DrawnChart } from '../charts/charts.ts';
import { isFull, type Results } from '../criteria/criterion.ts';
import { explainingGroup } from '../criteria/knee-criterion.ts';
import { describeBottleneck } from '../describe-bottleneck.ts';
import { formatCores, formatShare } from '../figures.ts';
import { kneeCurve, shareOfProportional } from '../stress-curve.ts';
import { buildComparison } from './comparison.ts';
import { buildDeliveries, buildLoads } from './loads.ts';
import { buildOrigin, buildTuning, buildVoidBlocks } from './origin.ts';
import { buildVerdicts } from './verdicts.ts';

/** Folder of the charts, beside the page. */
export const CHARTS_FOLDER = 'charts';

type Section = { readonly title: string; readonly parts: readonly (string | undefined)[] };

/** Charts by their names, as images of the page. */
const createShow = (charts: readonly DrawnChart[]) => (name: string) => {
  const chart = charts.find((each) => each.name === name);
  return chart && `![${chart.title}](${CHARTS_FOLDER}/${name}.svg)\n\n*${chart.caption}*`;
};

/** Where the curve bends and why, in words. */
function explainKnee({ run, groups }: Results): string | undefined {
  const curve = kneeCurve(groups);
  if (curve === undefined) return undefined;
  const { knee, unit } = curve;
  const group = explainingGroup(curve);
  const why = group === undefined ? '' : ` ${describeBottleneck(findBottleneck(group, run))}`;
  const count = (value: number) => value.toLocaleString('en');
  if (knee === undefined)
    return `No knee was found: at the highest load, answers were ${formatShare(shareOfProportional(curve))} of what is proportional to the least. There:${why}`;
  return `The knee is at ${count(knee.x)} ${unit}: the step that lies highest above the straight line between the ends of the curve, once both axes are scaled to 0…1 ([Kneedle](https://doi.org/10.1109/ICDCSW.2011.20)). The true one lies between the steps beside it, ${count(knee.before)} and ${count(knee.after)}.${why}`;
}

/** What the load generator itself cost, and where it was in the way. */
function describeGenerator({ run, groups }: Results): string {
  const full = groups.filter((group) => isFull(group, run));
  const shares = groups.flatMap(({ blocks }) => {
    const used = processorTimeOf(blocks);
    const cost = loadCost(used);
    return cost === undefined || !used.machine ? [] : [cost / used.machine];
  });
  if (shares.length === 0) return 'What the load generator cost was not sampled.';
  const cost = `The load generator runs on the same machine and took ${formatShare(Math.min(...shares))} to ${formatShare(Math.max(...shares))} of the processor time that was used.`;
  return full.length === 0
    ? `${cost} At no load were all cores busy, so it was never in the way.`
    : `${cost} At ${full.length} of ${groups.length} loads all cores were busy: there, what it and others used was missing to the stack, and figures say what this machine can do rather than what the stack can. They are marked *full* below.`;
}

/** A warning where other programs were at work while the run was made. */
function warnOfOthers({ run, groups }: Results): string {
  const others = disturbanceOf(groups, run.environment);
  if (others === undefined) return '';
  return `> The machine was not quiet: programs that are neither load nor stack kept ${formatCores(others)} of its ${run.environment.cores} cores busy (median of all loads). Figures are worse than those of the stack alone.\n\n`;
}

function listSections(results: Results, show: (name: string) => string | undefined): readonly Section[] {
  const { run, groups } = results;
  const comparison = buildComparison(results);
  const hasConnections = groups.some(({ blocks }) => mostOf(blocks, 'databaseConnections') !== undefined);
  return [
    {
      title: comparison === undefined ? 'At one arrival rate' : 'Do pooling and caching pay?',
      parts: [comparison, show('latency-distribution'), show('latency-repetitions')],
    },
    { title: 'The cache', parts: [show('hit-ratio')] },
    { title: 'The pool', parts: hasConnections ? [show('queue-wait'), show('database-connections')] : [] },
    { title: 'More and more load', parts: [explainKnee(results), show('stress'), show('peak')] },
    { title: 'Many people for long, and many at once', parts: [show('memory'), show('spike')] },
    { title: 'From a send to its subscribers', parts: [buildDeliveries(results)] },
    {
      title: 'Who used the processor',
      parts: [describeGenerator(results), show('processor-time'), show('processor-seconds')],
    },
    { title: 'What to change', parts: [buildTuning(results)] },
    { title: 'All loads', parts: [buildLoads(results)] },
    { title: 'What does not count', parts: [buildVoidBlocks(run)] },
    { title: 'How it was measured', parts: [buildOrigin(run)] },
  ];
}

/** The page on performance: what a run says about the project's promises, and all that it measured. */
export function buildPage(run: LoadRun, charts: readonly DrawnChart[]): string {
  const results: Results = { run, groups: groupBlocks(run) };
  const sections = listSections(results, createShow(charts)).flatMap(({ title, parts }) => {
    const there = parts.filter((part) => part !== undefined);
    return there.length === 0 ? [] : [`## ${title}\n\n${there.join('\n\n')}\n`];
  });
  return `<!-- Made from run.json by \`npm run load -- report\`; edits are lost. -->
# Performance

${warnOfOthers(results)}${buildVerdicts(results)}

${sections.join('\n')}`;
}
