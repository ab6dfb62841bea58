import { placeCharts } from '@chatstack/dashboards/grafana/build-dashboard.ts';
import type { Chart, Sheet, Steps } from '@chatstack/dashboards/grafana/chart.ts';
import { type Answer, hasData } from './ask-chart.ts';
import { colorAt, drawHeatmap, drawSparkline, drawTimeseries, namesOf, type Size } from './draw.ts';
import { formatValue } from './units.ts';

/** Width of a page in pixels; a column of the grid is a 24th of it. */
export const PAGE_WIDTH = 1440;
const GRID_ROW = 30;
const GAP = 8;
const HEADER = 30;
const LEGEND_ROW = 18;

type Span = readonly [from: number, to: number];

/** A chart with what was answered to it. */
export type AnsweredChart = { readonly chart: Chart; readonly answers: readonly Answer[] };

const COLORS = { green: '#37872d', orange: '#e0752d', red: '#c4162a', blue: '#3274d9' } as const;

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

const colorOf = (steps: Steps, value: number): string =>
  COLORS[steps.findLast(({ from }) => from === undefined || value >= from)?.color ?? 'green'];

const lastOf = (points: readonly (readonly [number, number])[]): number =>
  points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? Number.NaN;

const textOf = (chart: Chart, unit: string, value: number): string =>
  chart.words?.[`${value}`] ?? (Number.isFinite(value) ? formatValue(unit, value) : '–');

async function drawLines({ chart, answers }: AnsweredChart, span: Span, { width, height }: Size): Promise<string> {
  const names = namesOf(answers);
  const rows = Math.min(4, Math.ceil(names.join('   ').length / (width / 7)));
  const svg = await drawTimeseries(chart, answers, span, { width, height: height - rows * LEGEND_ROW - 4 });
  const entries = names.map(
    (name, index) => `<span><i style="background:${colorAt(index)}"></i>${escapeHtml(name)}</span>`,
  );
  return `${svg}<div class="legend" style="height:${rows * LEGEND_ROW}px">${entries.join('')}</div>`;
}

async function drawStat({ chart, answers }: AnsweredChart, span: Span, { width, height }: Size): Promise<string> {
  const value = lastOf(answers[0]?.series[0]?.points ?? []);
  const color = colorOf(chart.steps ?? [], value);
  const isLine = (answers[0]?.series[0]?.points.length ?? 0) > 1;
  const line = isLine ? await drawSparkline(answers, span, color, { width, height: height * 0.45 }) : '';
  return `<div class="value" style="color:${color}">${escapeHtml(textOf(chart, chart.unit, value))}</div><div class="spark">${line}</div>`;
}

function drawBars({ chart, answers }: AnsweredChart): string {
  const all = answers.flatMap(({ series }) => series.map(({ name, points }) => ({ name, value: lastOf(points) })));
  const most = chart.max ?? Math.max(...all.map(({ value }) => value));
  const bars = all.map(({ name, value }) => {
    const color = colorOf(chart.steps ?? [], value);
    const bar = `<b style="width:${(100 * value) / most}%;background:${color}"></b>`;
    return `<tr><td>${escapeHtml(name)}</td><td class="bar">${bar}</td><td class="number">${formatValue(chart.unit, value)}</td></tr>`;
  });
  return `<table>${bars.join('')}</table>`;
}

function drawTable({ chart, answers }: AnsweredChart): string {
  const hidden = new Set(chart.hidden ?? []);
  const rows = new Map<string, { labels: Readonly<Record<string, string>>; values: number[] }>();
  answers.forEach(({ series }, column) => {
    for (const { labels, points } of series) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const row = rows.get(key) ?? { labels, values: [] };
      row.values[column] = lastOf(points);
      rows.set(key, row);
    }
  });
  const labels = [...new Set([...rows.values()].flatMap((row) => Object.keys(row.labels)))].filter(
    (label) => !hidden.has(label),
  );
  const sorted = [...rows.values()].sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
  const head = [
    ...labels.map((label) => `<th>${escapeHtml(label)}</th>`),
    ...chart.queries.map(({ legend }) => `<th class="number">${escapeHtml(legend)}</th>`),
  ];
  const body = sorted.map((row) => {
    const texts = labels.map((label) => `<td>${escapeHtml((row.labels[label] ?? '').replace(/\s+/g, ' '))}</td>`);
    const numbers = chart.queries.map(
      ({ unit }, column) =>
        `<td class="number">${textOf(chart, unit ?? chart.unit, row.values[column] ?? Number.NaN)}</td>`,
    );
    return `<tr>${[...texts, ...numbers].join('')}</tr>`;
  });
  return `<table><tr>${head.join('')}</tr>${body.join('')}</table>`;
}

const DRAWERS: Readonly<
  Record<Chart['kind'], (answered: AnsweredChart, span: Span, size: Size) => Promise<string> | string>
> = {
  timeseries: drawLines,
  stat: drawStat,
  heatmap: ({ chart, answers }, span, size) => drawHeatmap(chart, answers, span, size),
  table: drawTable,
  bargauge: drawBars,
};

const drawBody = (answered: AnsweredChart, span: Span, size: Size): Promise<string> | string =>
  hasData(answered.answers)
    ? DRAWERS[answered.chart.kind](answered, span, size)
    : `<div class="absent">${escapeHtml(answered.chart.ifAbsent ?? 'no data')}</div>`;

/** A page that shows a dashboard with these answers, as Grafana lays it out. */
export async function buildSheetPage(
  sheet: Sheet,
  answersOf: (chart: Chart) => readonly Answer[],
  span: Span,
): Promise<string> {
  const column = PAGE_WIDTH / 24;
  const parts: string[] = [];
  let bottom = 0;
  for (const { position, row, chart } of placeCharts(sheet.rows)) {
    const [left, top] = [position.x * column, position.y * GRID_ROW];
    const size = { width: position.w * column - GAP, height: position.h * GRID_ROW - GAP };
    const place = `left:${left}px;top:${top}px;width:${size.width}px;height:${size.height}px`;
    bottom = Math.max(bottom, top + size.height);
    if (row !== undefined) parts.push(`<h2 style="${place}">${escapeHtml(row)}</h2>`);
    if (!chart) continue;
    const inner = { width: size.width - 20, height: size.height - HEADER - 8 };
    const body = await drawBody({ chart, answers: answersOf(chart) }, span, inner);
    parts.push(`<section class="${chart.kind}" style="${place}"><h3>${escapeHtml(chart.title)}</h3>${body}</section>`);
  }
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>
<h1>ChatStack / ${escapeHtml(sheet.title)}</h1><p>${escapeHtml(sheet.description)}</p>
<main style="height:${bottom + GAP}px">${parts.join('\n')}</main>`;
}

const STYLE = `
* { box-sizing: border-box; margin: 0 }
body { width: ${PAGE_WIDTH + 16}px; padding: 12px 0 4px 12px; background: #f4f5f5; color: #24292e; font: 12px "DejaVu Sans", sans-serif }
h1 { font-size: 20px; font-weight: 600 } p { margin: 6px 0 10px; color: #555; max-width: 1300px; line-height: 1.4 }
main { position: relative } main > * { position: absolute }
h2 { font-size: 13px; font-weight: 600; line-height: 26px; white-space: nowrap; color: #333 }
section { background: #fff; border: 1px solid #dcdfe3; border-radius: 3px; padding: 4px 10px; overflow: hidden }
h3 { font-size: 12px; font-weight: 600; line-height: ${HEADER - 6}px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.legend { overflow: hidden; line-height: ${LEGEND_ROW}px; font-size: 11px; color: #444 } .legend span { margin-right: 12px; white-space: nowrap; display: inline-block }
.legend i { display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle }
.stat { text-align: center } .value { font-size: 26px; font-weight: 600; line-height: 38px; position: relative; z-index: 1 } .stat h3 { text-align: left }
.spark { position: absolute; bottom: 4px; left: 10px } .absent { color: #888; text-align: center; padding-top: 28px }
table { width: 100%; border-collapse: collapse; font-size: 11px } td, th { padding: 3px 8px; text-align: left; border-bottom: 1px solid #eceef1; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 760px }
th { color: #555; font-weight: 600 } .number, th.number { text-align: right } .bar { width: 45% } .bar b { display: block; height: 14px }
`;
