import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { type BenchCluster, openBenchCluster } from './bench-cluster.ts';
import { type Figure, figureHead, formatFigure } from './figure.ts';
import { measureManyStacks } from './many-stacks.ts';
import { measureFailover, measureOneStack, measureRequests, measureStart } from './one-stack.ts';
import { type BenchSettings, readSettings } from './settings.ts';

type Row = (cluster: BenchCluster, settings: BenchSettings) => Promise<Figure[]> | AsyncGenerator<Figure[]>;

/** In their order; `start` and `failover` use a stack of `one`. */
const rows: Readonly<Record<string, Row>> = {
  requests: measureRequests,
  one: measureOneStack,
  start: measureStart,
  failover: measureFailover,
  many: measureManyStacks,
};

const settings = readSettings(process.env);
const cluster = await openBenchCluster();
const figures: (Figure & { load: number })[] = [];
const tell = (figure: Figure) => {
  const load = loadavg()[0] ?? Number.NaN;
  figures.push({ ...figure, load });
  process.stdout.write(`${formatFigure(figure)} ${load.toFixed(1)} |\n`);
};
try {
  process.stdout.write(`${figureHead.replace(/ \|\n/, ' | load |\n').replace(/---\|$/, '---|---|')}\n`);
  for (const [name, measure] of Object.entries(rows)) {
    if (settings.only.length > 0 && !settings.only.includes(name)) continue;
    const measured = measure(cluster, settings);
    for await (const made of measured instanceof Promise ? [measured] : measured) made.forEach(tell);
  }
} finally {
  if (settings.report !== undefined) writeFileSync(settings.report, JSON.stringify(figures, null, 2));
  await cluster.close();
}
