import type { Group } from '../../results/groups.ts';
import type { Latency } from '../../results/load-run.ts';
import { latencyAt } from '../../statistics/mixture.ts';
import { spreadOf } from '../../statistics/spread.ts';
import { comparedGroups } from '../criteria/comparison.ts';
import { buildSpec, type Chart, type Plot } from './chart.ts';
import { CONFIGURATION_COLOURS, CONFIGURATION_DASHES, colourScale, logAxis, PLOT } from './theme.ts';

const KINDS = ['read', 'send'] as const;
type Kind = (typeof KINDS)[number];
const NAMES = { read: 'reads', send: 'sends' } as const;

/** So many requests at least must lie beyond a share, or it tells of a few single ones. */
const LEAST_BEYOND = 10;

const latenciesOf = (group: Group, kind: Kind): readonly Latency[] =>
  group.blocks.flatMap(({ latency }) => latency[kind] ?? []);

/** Points of the quantile functions of a group; `nines` is 1 at 90 %, 2 at 99 %. */
function distributionOf(group: Group, kind: Kind) {
  const latencies = latenciesOf(group, kind);
  const least = Math.min(...latencies.map(({ count }) => count));
  const shares = (latencies[0]?.quantiles ?? []).map(([share]) => share);
  return shares
    .filter((share) => least * (1 - share) >= LEAST_BEYOND)
    .flatMap((share) => {
      const spread = spreadOf(latencies.map((latency) => latencyAt(latency, share)));
      return spread ? [{ configuration: group.configuration, nines: -Math.log10(1 - share), ...spread }] : [];
    });
}

/** A nominal encoding that gives configurations their colour. */
const colourOf = (names: readonly string[]) => ({
  field: 'configuration',
  type: 'nominal',
  title: null,
  scale: colourScale(names, CONFIGURATION_COLOURS),
  legend: { symbolType: 'stroke', symbolOpacity: 1 },
});

const NINES_LABEL =
  "datum.value < 0.5 ? '50 %' : datum.value == 1 ? '90 %' : datum.value == 2 ? '99 %' : datum.value == 3 ? '99.9 %' : '99.99 %'";

function plotDistribution(groups: readonly Group[], kind: Kind): Plot {
  const values = groups.flatMap((group) => distributionOf(group, kind));
  const names = groups.map(({ configuration }) => configuration);
  const x = {
    field: 'nines',
    type: 'quantitative',
    title: `share of ${NAMES[kind]}`,
    axis: { values: [-Math.log10(0.5), 1, 2, 3, 4], labelExpr: NINES_LABEL },
  };
  const axis = logAxis(
    'answered within (ms)',
    values.flatMap(({ least, most }) => [least, most]),
  );
  const y = (field: string) => ({ field, ...axis });
  return {
    width: PLOT.width / 2 - 30,
    height: PLOT.height,
    data: { values },
    layer: [
      {
        mark: { type: 'area', opacity: 0.18 },
        encoding: { x, y: y('least'), y2: { field: 'most' }, color: colourOf(names) },
      },
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x,
          y: y('median'),
          color: colourOf(names),
          strokeDash: {
            field: 'configuration',
            type: 'nominal',
            title: null,
            scale: { domain: names, range: names.map((name) => CONFIGURATION_DASHES[name]) },
          },
        },
      },
    ],
  };
}

/** Kinds of requests that every group has. */
const sharedKinds = (groups: readonly Group[]): readonly Kind[] =>
  KINDS.filter((kind) => groups.every((group) => latenciesOf(group, kind).length > 0));

/** Quantile functions of reads and of sends, by configuration. */
export const distributionChart: Chart = {
  name: 'latency-distribution',
  title: 'Latency distributions at the same arrival rate',
  caption:
    'Lines: the median of the repetitions. Bands: from the fastest to the slowest repetition. Both axes grow by factors.',
  draw({ groups }) {
    const compared = [...comparedGroups(groups).values()];
    const kinds = sharedKinds(compared);
    if (compared.length === 0 || kinds.length === 0) return undefined;
    const rate = `${compared[0]?.target.arrivalRate ?? '–'} requests/s`;
    return buildSpec(this.title, rate, { hconcat: kinds.map((kind) => plotDistribution(compared, kind)), spacing: 40 });
  },
};

function plotRepetitions(groups: readonly Group[], kind: Kind): Plot {
  const values = groups.flatMap((group) =>
    group.blocks.flatMap(({ latency, repetition }) => {
      const found = latency[kind];
      return found ? [{ configuration: group.configuration, repetition, p95: latencyAt(found, 0.95) }] : [];
    }),
  );
  const names = groups.map(({ configuration }) => configuration);
  const y = { field: 'configuration', type: 'nominal', title: null, sort: names };
  const x = { type: 'quantitative', title: `p95 of ${NAMES[kind]} (ms)`, scale: { zero: true } };
  const color = { ...colourOf(names), legend: null };
  return {
    width: PLOT.width / 2 - 60,
    height: 100,
    data: { values },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 60, opacity: 0.55 },
        encoding: { x: { field: 'p95', ...x }, y, color },
      },
      {
        mark: { type: 'tick', thickness: 3, size: 26 },
        encoding: { x: { field: 'p95', aggregate: 'median', ...x }, y, color },
      },
    ],
  };
}

/** The 95th percentile of each repetition, by configuration. */
export const repetitionsChart: Chart = {
  name: 'latency-repetitions',
  title: 'p95 of each repetition',
  caption: 'Dots: one repetition each. Bars: their median.',
  draw({ groups }) {
    const compared = [...comparedGroups(groups).values()];
    const kinds = sharedKinds(compared);
    if (compared.length === 0 || kinds.length === 0) return undefined;
    return buildSpec(this.title, undefined, {
      hconcat: kinds.map((kind) => plotRepetitions(compared, kind)),
      spacing: 30,
    });
  },
};
