import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  HeatmapCellLayout,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLink,
  DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Chart, ChartKind, Query, Steps } from './chart.ts';
import { DATASOURCE } from './variables.ts';

type Builder = TimeseriesBuilder | StatBuilder | HeatmapBuilder | TableBuilder | BarGaugeBuilder;

/** Rows of the grid that a chart of each kind takes. */
export const HEIGHTS: Readonly<Record<ChartKind, number>> = {
  timeseries: 8,
  stat: 4,
  heatmap: 8,
  table: 9,
  bargauge: 8,
};

/** The letter by which Grafana knows the query of a panel. */
const refIdOf = (index: number): string => String.fromCharCode(65 + index);

const lastValues = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

function buildTimeseries({ isStacked, max, steps }: Chart): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .min(0)
    .lineWidth(1)
    .fillOpacity(isStacked ? 30 : 8)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (isStacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (max !== undefined) panel.axisSoftMax(max);
  if (steps) panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  return panel;
}

const buildStat = (): StatBuilder =>
  new StatBuilder()
    .graphMode(BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(lastValues())
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));

const buildHeatmap = ({ unit }: Chart): HeatmapBuilder =>
  new HeatmapBuilder()
    .calculate(false)
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
    .yAxis(new YAxisConfigBuilder().unit(unit))
    .color(
      new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').fill('dark-orange').steps(64),
    );

/** One row for each set of labels, one column for each query. */
function buildTable({ queries, hidden = [] }: Chart): TableBuilder {
  const excludeByName = Object.fromEntries(['Time', ...hidden].map((name) => [name, true]));
  const panel = new TableBuilder()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: { excludeByName } })
    .sortBy([new TableSortByFieldStateBuilder().displayName(queries[0]?.legend ?? '').desc(true)]);
  queries.forEach(({ legend, unit }, index) => {
    panel.overrideByName(queries.length === 1 ? 'Value' : `Value #${refIdOf(index)}`, [
      { id: 'displayName', value: legend },
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ]);
  });
  return panel;
}

const buildBarGauge = (): BarGaugeBuilder =>
  new BarGaugeBuilder()
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .reduceOptions(lastValues())
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));

const BUILDERS: Readonly<Record<ChartKind, (chart: Chart) => Builder>> = {
  timeseries: buildTimeseries,
  stat: buildStat,
  heatmap: buildHeatmap,
  table: buildTable,
  bargauge: buildBarGauge,
};

/** Whether a query asks for the last moment alone, not for a range. */
export const isInstant = ({ kind }: Chart, { expression }: Query): boolean =>
  kind === 'table' || kind === 'bargauge' || expression.includes('$__range');

function buildTarget(chart: Chart, query: Query, index: number): DataqueryBuilder {
  const target = new DataqueryBuilder().expr(query.expression).legendFormat(query.legend).refId(refIdOf(index));
  if (chart.kind === 'table') target.format(PromQueryFormat.Table);
  if (chart.kind === 'heatmap') target.format(PromQueryFormat.Heatmap);
  if (chart.hasExemplars) target.exemplar(true);
  return isInstant(chart, query) ? target.instant() : target.range();
}

const buildThresholds = (steps: Steps): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ color, from }) => ({ color, value: from ?? null })));

const buildMoreLink = (uid: string): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Show more of this')
    .type('link' as DashboardLink['type'])
    .url(`/d/${uid}?\${datasource:queryparam}&\${namespace:queryparam}&\${stack:queryparam}&\${__url_time_range}`);

/** Where a panel lies: 24 columns, and rows of 30 pixels. */
export type Position = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

/** The panel of a chart. */
export function buildPanel(chart: Chart, id: number, position: Position): Builder {
  const panel = BUILDERS[chart.kind](chart)
    .id(id)
    .title(chart.title)
    .description(chart.description)
    .unit(chart.unit)
    .datasource(DATASOURCE)
    .gridPos(position);
  chart.queries.forEach((query, index) => {
    panel.withTarget(buildTarget(chart, query, index));
  });
  panel.thresholds(buildThresholds(chart.steps ?? [{ color: 'green' }]));
  if (chart.max !== undefined) panel.max(chart.max);
  if (chart.words) panel.mappings([{ type: MappingType.ValueToText, options: wordsOf(chart.words) }]);
  if (chart.more) panel.links([buildMoreLink(chart.more)]);
  if (chart.ifAbsent) panel.noValue(chart.ifAbsent);
  return panel;
}

const wordsOf = (words: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { text, index }]));
