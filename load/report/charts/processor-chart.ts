import { describeLoad, type Group, measuredSamples } from '../../results/groups.ts';
import { inOrder, othersCost, processorTimeOf } from '../../results/processor-time.ts';
import { buildSpec, type Chart } from './chart.ts';
import { colourScale, PLOT, PROCESS_COLOURS, RULE_COLOUR } from './theme.ts';

/** What the machine did beside the stack and the generator. */
const REST = 'others';

/** Processes on top of each other in the order of a request's way, what the machine did beside them last. */
function pileOf(values: readonly { readonly process: string }[]) {
  const names = [...new Set(values.map(({ process }) => process))].filter((name) => name !== REST);
  const processes = [...inOrder(names), REST];
  const scale = colourScale(processes, PROCESS_COLOURS);
  return {
    rankOf: (process: string) => processes.indexOf(process),
    encoding: {
      color: { field: 'process', type: 'nominal', title: null, scale, legend: { columns: 6 } },
      order: { field: 'rank', type: 'quantitative' },
    },
  };
}

/** The axis of cores, a little beyond those that there are. */
const axisOf = (cores: number) => ({
  type: 'quantitative',
  title: 'cores kept busy',
  scale: { domain: [0, cores * 1.05], nice: false },
});

/** All cores that there are. */
const limit = { type: 'rule', color: RULE_COLOUR, strokeDash: [5, 4], strokeWidth: 1.5 };

const nameOf = ({ scenario, configuration, target }: Group): string =>
  `${scenario}, ${describeLoad(target)}, ${configuration}`;

function barsOf(group: Group) {
  const used = processorTimeOf(group.blocks);
  const known = [...used.processes].map(([process, cores]) => ({ process, cores }));
  const rest = othersCost(used) ?? 0;
  const all = rest > 0 ? [...known, { process: REST, cores: rest }] : known;
  return all.map((bar) => ({ ...bar, name: nameOf(group) }));
}

/** Who used the processor under which load; where the bars reach the line, the generator took from what it measured. */
export const processorChart: Chart = {
  name: 'processor-time',
  title: 'Processor time by process',
  caption:
    'Where a bar nears the dashed line, all cores were busy, and what the generator used was missing to the stack.',
  draw({ run, groups }) {
    const values = groups.flatMap(barsOf);
    if (values.length === 0) return undefined;
    const { rankOf, encoding } = pileOf(values);
    const names = [...new Set(values.map(({ name }) => name))];
    const ranked = values.map((bar) => ({ ...bar, rank: rankOf(bar.process) }));
    const { cores } = run.environment;
    const x = axisOf(cores);
    return buildSpec(this.title, `of ${cores} cores`, {
      width: PLOT.width - 160,
      height: { step: 20 },
      layer: [
        {
          data: { values: ranked },
          mark: { type: 'bar', stroke: '#ffffff', strokeWidth: 0.5 },
          encoding: {
            x: { field: 'cores', stack: 'zero', ...x },
            y: { field: 'name', type: 'nominal', title: null, sort: names },
            ...encoding,
          },
        },
        {
          data: { values: [{ cores }] },
          mark: limit,
          encoding: { x: { field: 'cores', ...x } },
        },
      ],
    });
  },
};

/** So many loads fit beside each other. */
const MOST_PANELS = 6;

/** Cores by process in each second of a load's first block, with what else the machine did. */
function secondsOf({ blocks, target }: Group) {
  const [block] = blocks;
  return (block === undefined ? [] : measuredSamples(block)).flatMap(({ at, cores, machineCores }) => {
    const known = Object.entries(cores).map(([process, value]) => ({ process, cores: value }));
    const rest = othersCost({ processes: new Map(Object.entries(cores)), machine: machineCores }) ?? 0;
    return [...known, { process: REST, cores: rest }].map((part) => ({ ...part, at, load: describeLoad(target) }));
  });
}

/** When the processor was full: each second of the steps of stress. */
export const processorSecondsChart: Chart = {
  name: 'processor-seconds',
  title: 'Processor time over the steps of stress',
  caption:
    'A second in which the pile reaches the dashed line is one in which generator and stack took from each other.',
  draw({ run, groups }) {
    const steps = groups.filter(({ scenario }) => scenario === 'stress').slice(-MOST_PANELS);
    const values = steps.flatMap(secondsOf);
    if (values.length === 0) return undefined;
    const { rankOf, encoding } = pileOf(values);
    const { cores } = run.environment;
    const y = axisOf(cores);
    return buildSpec(this.title, `of ${cores} cores`, {
      data: { values: values.map((each) => ({ ...each, rank: rankOf(each.process), limit: cores })) },
      facet: {
        column: { field: 'load', type: 'ordinal', title: null, sort: steps.map(({ target }) => describeLoad(target)) },
      },
      spacing: 12,
      spec: {
        width: Math.floor(PLOT.width / steps.length) - 12,
        height: 150,
        layer: [
          {
            mark: { type: 'area', clip: true },
            encoding: {
              x: {
                field: 'at',
                type: 'quantitative',
                title: 'seconds',
                scale: { nice: false },
                axis: { tickCount: 4 },
              },
              y: { field: 'cores', stack: 'zero', ...y },
              ...encoding,
            },
          },
          {
            mark: limit,
            encoding: { y: { field: 'limit', aggregate: 'max', ...y } },
          },
        ],
      },
    });
  },
};
