import type { Chart, Query } from '@chatstack/dashboards/grafana/chart.ts';
import { isInstant } from '@chatstack/dashboards/grafana/panels.ts';
import type { PrometheusEngine, Series, TimeRange } from '../../engines/prometheus.ts';

/** What Prometheus answered to a query of a chart, each series with the name that Grafana would give it. */
export type Answer = { readonly query: Query; readonly series: readonly (Series & { readonly name: string })[] };

/** Asks all queries of a chart as Grafana would; `fill` puts values in the place of its variables. */
export function askChart(
  chart: Chart,
  prometheus: PrometheusEngine,
  range: TimeRange,
  fill: (expression: string) => string,
): Promise<readonly Answer[]> {
  return Promise.all(
    chart.queries.map(async (query) => {
      const series = await prometheus.query(fill(query.expression), isInstant(chart, query) ? range.to : range);
      const named = series.map((each) => ({ ...each, name: nameOf(query.legend, each.labels) }));
      return { query, series: named.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })) };
    }),
  );
}

/** Whether one of the answers has a number. */
export const hasData = (answers: readonly Answer[]): boolean =>
  answers.some(({ series }) => series.some(({ points }) => points.some(([, value]) => Number.isFinite(value))));

const nameOf = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
