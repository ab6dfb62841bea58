import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Chart, ChartRow, Sheet } from './chart.ts';
import { buildPanel, HEIGHTS, type Position } from './panels.ts';
import { buildDatasourceVariable, buildLabelVariables } from './variables.ts';

const COLUMNS = 24;
const TAG = 'chatstack';

/** A heading or a chart with the id of its panel and its place. */
type Placed = { readonly id: number; readonly position: Position; readonly row?: string; readonly chart?: Chart };

/** Charts from left to right, a new line where one does not fit; ids count from 1 in the same order. */
export function placeCharts(rows: readonly ChartRow[]): readonly Placed[] {
  const placed: Placed[] = [];
  let y = 0;
  for (const { title, charts } of rows) {
    placed.push({ id: placed.length + 1, position: { x: 0, y, w: COLUMNS, h: 1 }, row: title });
    y += 1;
    let x = 0;
    let height = 0;
    for (const chart of charts) {
      if (x + chart.width > COLUMNS) {
        y += height;
        [x, height] = [0, 0];
      }
      const h = HEIGHTS[chart.kind];
      placed.push({ id: placed.length + 1, position: { x, y, w: chart.width, h }, chart });
      x += chart.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}

/** The dashboard of a sheet as Grafana's v1 JSON model, which all ways to provision one take. */
export function buildDashboard(sheet: Sheet): Dashboard {
  const dashboard = new DashboardBuilder(`ChatStack / ${sheet.title}`)
    .uid(sheet.uid)
    .description(sheet.description)
    .tags([TAG])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('ChatStack')
        .type('dashboards' as DashboardLink['type'])
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(buildDatasourceVariable());
  for (const variable of buildLabelVariables(sheet)) dashboard.withVariable(variable);
  for (const { id, position, row, chart } of placeCharts(sheet.rows)) {
    if (row !== undefined) dashboard.withRow(new RowBuilder(row).id(id).gridPos(position));
    if (chart) dashboard.withPanel(buildPanel(chart, id, position));
  }
  return dashboard.build();
}
