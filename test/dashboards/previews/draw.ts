import type { Chart } from '@chatstack/dashboards/grafana/chart.ts';
import { drawSvg as drawChart } from '@chatstack/load/report/charts/draw-svg.ts';
import type { TopLevelSpec } from 'vega-lite';
import type { Series } from '../../engines/prometheus.ts';
import type { Answer } from './ask-chart.ts';
import { formatValue, scaleOf } from './units.ts';

/** Colours of lines, in their order. */
export const PALETTE = [
  '#3274d9',
  '#e0752d',
  '#37872d',
  '#c4162a',
  '#8f3bb8',
  '#0a9396',
  '#e0b400',
  '#7b4b2a',
  '#6d7a8c',
  '#d5418c',
];

/** The colour of the line with this number. */
export const colorAt = (index: number): string => PALETTE[index % PALETTE.length] as string;

/** Width and height in pixels. */
export type Size = { readonly width: number; readonly height: number };

/** One point of a drawing; `at` is seconds since its beginning. */
type Row = { readonly at: number; readonly value: number; readonly name: string };

const CONFIG = {
  font: 'DejaVu Sans, sans-serif',
  view: { stroke: null },
  axis: { labelFontSize: 10, labelColor: '#555', gridColor: '#eceef1', domainColor: '#ccc', tickColor: '#ccc' },
} as const;

/** Minutes and seconds: 90 is 1:30. */
const TIME_LABEL = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02d')";

const drawSvg = (spec: TopLevelSpec): Promise<string> => drawChart(spec, CONFIG);

const rowsOf = (answers: readonly Answer[], from: number): Row[] =>
  answers.flatMap(({ series }) =>
    series.flatMap(({ name, points }) =>
      points.flatMap(([time, value]) => (Number.isFinite(value) ? [{ at: time - from, value, name }] : [])),
    ),
  );

const timeAxis = (span: number) => ({
  field: 'at',
  type: 'quantitative',
  title: null,
  scale: { domain: [0, span], nice: false },
  axis: { labelExpr: TIME_LABEL, tickCount: 4, grid: false },
});

/** Largest value of a point, or of a pile of them where they are stacked. */
function highest(rows: readonly Row[], isStacked: boolean): number {
  if (!isStacked) return Math.max(0, ...rows.map(({ value }) => value));
  const sums = new Map<number, number>();
  for (const { at, value } of rows) sums.set(at, (sums.get(at) ?? 0) + value);
  return Math.max(0, ...sums.values());
}

/** Names of the lines of a chart in their order, each once. */
export const namesOf = (answers: readonly Answer[]): readonly string[] => [
  ...new Set(answers.flatMap(({ series }) => series.map(({ name }) => name))),
];

/** Lines, or areas on top of each other, over time. */
export function drawTimeseries(
  chart: Chart,
  answers: readonly Answer[],
  span: readonly [from: number, to: number],
  size: Size,
) {
  const isStacked = chart.isStacked === true;
  const rows = rowsOf(answers, span[0]);
  const top = highest(rows, isStacked);
  const { divisor, suffix } = scaleOf(chart.unit, top);
  const values = rows.map((row) => ({ ...row, value: row.value / divisor }));
  const names = namesOf(answers);
  const limit = Math.max(top / divisor, (chart.max ?? 0) / divisor, 1e-9);
  const limits = (chart.steps ?? []).flatMap(({ from, color }) =>
    from === undefined ? [] : [{ limit: from / divisor, color }],
  );
  const y = {
    type: 'quantitative',
    title: null,
    scale: { domain: [0, top === 0 && chart.max === undefined ? 1 : limit], nice: true },
    axis: {
      labelExpr: `datum.value === 0 ? '0' : format(datum.value, '~g') + '${suffix}'`,
      tickCount: 4,
      domain: false,
      ticks: false,
    },
  };
  const x = timeAxis(span[1] - span[0]);
  const color = {
    field: 'name',
    type: 'nominal',
    legend: null,
    scale: { domain: names, range: names.map((_, index) => colorAt(index)) },
  };
  const mark = isStacked
    ? { type: 'area', opacity: 0.55, line: { strokeWidth: 1 } }
    : { type: 'line', strokeWidth: 1.5 };
  return drawSvg({
    ...size,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      { data: { values }, mark, encoding: { x, y: { field: 'value', ...y, stack: isStacked ? 'zero' : null }, color } },
      {
        data: { values: limits.filter((each) => each.limit <= limit) },
        mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 1 },
        encoding: { y: { field: 'limit', ...y }, color: { field: 'color', type: 'nominal', scale: null } },
      },
    ],
    resolve: { scale: { color: 'independent' } },
  } as unknown as TopLevelSpec);
}

/** The last numbers of a series as a small area without axes. */
export function drawSparkline(
  answers: readonly Answer[],
  span: readonly [from: number, to: number],
  color: string,
  size: Size,
) {
  const values = rowsOf(answers, span[0]);
  return drawSvg({
    ...size,
    padding: 0,
    data: { values },
    mark: { type: 'area', color, opacity: 0.2, line: { color, strokeWidth: 1, opacity: 1 } },
    encoding: {
      x: { field: 'at', type: 'quantitative', axis: null, scale: { domain: [0, span[1] - span[0]] } },
      y: { field: 'value', type: 'quantitative', axis: null, scale: { zero: true } },
    },
  } as unknown as TopLevelSpec);
}

/** The upper bound of a histogram's bucket. */
const boundOf = ({ labels }: Series): number => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le));

/** Cells of a histogram's buckets over time: what falls between two bounds, not up to each. */
export function drawHeatmap(
  chart: Chart,
  answers: readonly Answer[],
  span: readonly [from: number, to: number],
  size: Size,
) {
  const buckets = (answers[0]?.series ?? []).toSorted((a, b) => boundOf(a) - boundOf(b));
  const nameOf = (bucket: Series) =>
    Number.isFinite(boundOf(bucket)) ? formatValue(chart.unit, boundOf(bucket)) : 'more';
  const values = buckets.flatMap((bucket, index) => {
    const below = new Map(buckets[index - 1]?.points ?? []);
    return bucket.points.map(([time, value]) => ({
      at: Math.round(time - span[0]),
      bucket: nameOf(bucket),
      value: Math.max(0, value - (below.get(time) ?? 0)),
    }));
  });
  return drawSvg({
    ...size,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: values.filter(({ value }) => value > 0) },
    mark: { type: 'rect' },
    encoding: {
      x: {
        field: 'at',
        type: 'ordinal',
        title: null,
        axis: {
          labelExpr: `datum.value % 30 === 0 ? ${TIME_LABEL} : ''`,
          ticks: false,
          labelAngle: 0,
          labelOverlap: false,
        },
      },
      y: {
        field: 'bucket',
        type: 'ordinal',
        title: null,
        sort: buckets.map(nameOf).reverse(),
      },
      color: {
        field: 'value',
        type: 'quantitative',
        scale: { scheme: 'oranges' },
        legend: { title: 'req/s', gradientLength: 120 },
      },
    },
  } as unknown as TopLevelSpec);
}
