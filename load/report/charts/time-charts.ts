import { describeLoad, type Group, loadOf, measuredSamples } from '../../results/groups.ts';
import type { Block } from '../../results/load-run.ts';
import { hitRatioGroup } from '../criteria/cache-criteria.ts';
import type { Results } from '../criteria/criterion.ts';
import { buildSpec, type Chart, type Plot } from './chart.ts';
import { type Line, type OverTime, plotOverTime } from './over-time.ts';

const spec = (title: string, subtitle: string | undefined, plot: Plot | undefined) =>
  plot && buildSpec(title, subtitle, plot);

/** How the cache warms up and what it keeps. */
export const hitRatioChart: Chart = {
  name: 'hit-ratio',
  title: 'Hit ratio over time',
  caption: 'One line for each repetition; the warm-up, which counts for nothing, is grey.',
  draw({ groups }) {
    const group = hitRatioGroup(groups);
    if (group === undefined) return undefined;
    const plot = plotOverTime([{ name: 'hit ratio', blocks: group.blocks }], {
      field: 'hitRatio',
      axis: 'reads from the cache (%)',
      unit: 0.01,
      limit: 100,
      thinnedBy: 'median',
      withWarmUp: true,
      bounds: [
        { value: 60, label: 'target 60 %' },
        { value: 85, label: 'aim 85 %' },
      ],
    });
    return spec(this.title, `${group.scenario}, ${describeLoad(group.target)}`, plot);
  },
};

/** Groups that held connections behind a pooler, as a line each. */
const heldLines = ({ groups }: Results, scenario: Group['scenario']): readonly Line[] =>
  groups
    .filter((group) => group.scenario === scenario && group.configuration !== 'baseline')
    .map((group) => ({ name: loadOf(group).toLocaleString('en'), blocks: group.blocks }));

/** The same figure under the stress and of clients that are straight at the pooler, below each other. */
function drawHeld(results: Results, title: string, shown: OverTime) {
  const plots = (['stress', 'pooler'] as const).flatMap((scenario) => {
    const lines = heldLines(results, scenario);
    const plot = plotOverTime(lines, { ...shown, legend: 'connections' });
    const what = scenario === 'stress' ? 'stress: clients of the service' : 'pooler: clients straight at PgBouncer';
    return plot ? [{ title: { text: what, fontSize: 12, fontWeight: 'normal' }, ...plot, height: 170 }] : [];
  });
  return plots.length === 0
    ? undefined
    : buildSpec(title, undefined, { vconcat: plots, resolve: { scale: { color: 'independent' } } });
}

/** How long clients waited for a connection to the database. */
export const queueWaitChart: Chart = {
  name: 'queue-wait',
  title: "Longest wait in PgBouncer's queue",
  caption: 'Each second the longest wait of a client for a connection. The axis grows by factors above 1 ms.',
  draw(results) {
    return drawHeld(results, this.title, {
      field: 'queueWaitMilliseconds',
      axis: 'longest wait (ms)',
      thinnedBy: 'most',
      isLog: true,
      bounds: [
        { value: 500, label: 'target 500 ms' },
        { value: 50, label: 'aim 50 ms' },
      ],
    });
  },
};

/** How few connections the database serves. */
export const databaseConnectionsChart: Chart = {
  name: 'database-connections',
  title: 'Connections that Postgres serves',
  caption: "All of them: the pool's, and those of whoever else asks.",
  draw(results) {
    return drawHeld(results, this.title, {
      field: 'databaseConnections',
      axis: 'connections',
      thinnedBy: 'most',
      bounds: [
        { value: 25, label: 'aim 25' },
        { value: 100, label: 'target 100' },
      ],
    });
  },
};

/** Whether memory is flat while people stay connected. */
export const memoryChart: Chart = {
  name: 'memory',
  title: 'Memory of the service over the soak',
  caption: 'Of all its processes together.',
  draw({ groups }) {
    const group = groups.findLast(({ scenario }) => scenario === 'soak');
    if (group === undefined) return undefined;
    const plot = plotOverTime([{ name: 'service', blocks: group.blocks }], {
      field: 'serviceBytes',
      axis: 'memory (MiB)',
      unit: 2 ** 20,
      thinnedBy: 'median',
      isMinutes: true,
    });
    return spec(this.title, describeLoad(group.target), plot);
  },
};

/** Blocks of a scenario as lines over the time from the first of them, by their load. */
function linesInOneTime(blocks: readonly Block[]): readonly Line[] {
  const startOf = (block: Block) => Date.parse(block.startedAt) / 1_000;
  const first = Math.min(...blocks.map(startOf));
  const moved = blocks.map((block) => ({
    ...block,
    samples: measuredSamples(block).map((sample) => ({ ...sample, at: sample.at + startOf(block) - first })),
  }));
  return [...Map.groupBy(moved, ({ target }) => describeLoad(target))].map(([name, parts]) => ({
    name,
    blocks: parts,
  }));
}

/** What becomes of answers when load comes at once. */
export const spikeChart: Chart = {
  name: 'spike',
  title: 'Answers a second over the spike',
  caption: 'How fast the stack follows when the load comes at once, and how fast it is done with it.',
  draw({ groups }) {
    const found = groups.filter(({ scenario }) => scenario === 'spike');
    const lines = linesInOneTime(found.flatMap(({ blocks }) => blocks));
    const plot = plotOverTime(lines, { field: 'answers', axis: 'answers/s', thinnedBy: 'median', legend: 'load' });
    return spec(this.title, undefined, plot);
  },
};
