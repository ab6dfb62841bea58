import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** One question that the overview answers, as a chart. */
interface Chart {
  title: string;
  description: string;
  /** Grafana's unit id: `reqps`, `s`, `percentunit`, `short`, `bytes`. */
  unit: string;
  lines: { expression: string; legend: string }[];
}

/** Grafana's own variable syntax, not a template. */
const DATASOURCE = `\${datasource}`;
const SERVICE = 'job=~"$job", instance=~"$instance"';

const quantileOf = (quantile: string, histogram: string, label: string): string =>
  `histogram_quantile(${quantile}, sum by (le, ${label}) (rate(${histogram}_bucket{${SERVICE}}[$__rate_interval])))`;

/** The golden signals of the chat service, then what stands behind them: cache, database pool, process. */
const CHARTS: Chart[] = [
  {
    title: 'Requests',
    description: 'Requests a second by route. "unmatched" is everything that no route answers.',
    unit: 'reqps',
    lines: [
      {
        expression: `sum by (method, route) (rate(http_request_duration_seconds_count{${SERVICE}}[$__rate_interval]))`,
        legend: '{{method}} {{route}}',
      },
    ],
  },
  {
    title: 'Failed requests',
    description: 'Share of requests answered with a 5xx status. 503 means that Postgres was away.',
    unit: 'percentunit',
    lines: [
      {
        expression: `sum by (status) (rate(http_request_duration_seconds_count{${SERVICE}, status=~"5.."}[$__rate_interval])) / ignoring (status) group_left sum(rate(http_request_duration_seconds_count{${SERVICE}}[$__rate_interval]))`,
        legend: '{{status}}',
      },
    ],
  },
  {
    title: 'Latency',
    description: 'Time from the last byte of the request to the answer, over all routes.',
    unit: 's',
    lines: ['0.50', '0.95', '0.99'].map((quantile) => ({
      expression: `histogram_quantile(${quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{${SERVICE}}[$__rate_interval])))`,
      legend: `p${quantile.slice(2)}`,
    })),
  },
  {
    title: 'Cache hit ratio',
    description: 'Share of history reads answered from Redis. Below 60 % caching hardly pays.',
    unit: 'percentunit',
    lines: [
      {
        expression: `sum(rate(cache_requests_total{${SERVICE}, result="hit"}[$__rate_interval])) / sum(rate(cache_requests_total{${SERVICE}}[$__rate_interval]))`,
        legend: 'hit ratio',
      },
    ],
  },
  {
    title: 'Database pool',
    description:
      "Connections of the service's own pool to PgBouncer. Waiting above zero means the pool is too small or Postgres is slow.",
    unit: 'short',
    lines: ['total', 'idle', 'waiting'].map((state) => ({
      expression: `sum(db_pool_${state}_connections{${SERVICE}})`,
      legend: state,
    })),
  },
  {
    title: 'Waiting for a connection',
    description:
      'p99 of the time until a connection of the pool was there. It grows before requests fail; they do when it reaches 2 s.',
    unit: 's',
    lines: [{ expression: quantileOf('0.99', 'db_pool_acquire_seconds', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Statements',
    description: 'p95 of the time of a statement in Postgres and PgBouncer, by what it does.',
    unit: 's',
    lines: [{ expression: quantileOf('0.95', 'db_statement_duration_seconds', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Redis commands',
    description: 'p95 of the time of a command, by its name or that of its script. One that takes 100 ms is given up.',
    unit: 's',
    lines: [{ expression: quantileOf('0.95', 'redis_command_duration_seconds', 'command'), legend: '{{command}}' }],
  },
  {
    title: 'Event loop delay',
    description: 'p99 of the delay of the event loop by process: how long ready work waits for the one thread.',
    unit: 's',
    lines: [{ expression: `nodejs_eventloop_lag_p99_seconds{${SERVICE}}`, legend: '{{instance}}' }],
  },
  {
    title: 'Memory',
    description: 'Resident memory by process.',
    unit: 'bytes',
    lines: [{ expression: `process_resident_memory_bytes{${SERVICE}}`, legend: '{{instance}}' }],
  },
];

/** The overview dashboard as Grafana's v1 JSON model: two charts a row, ids and refIds set (panels without are dropped by migrations). */
export function buildOverviewDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('ChatStack / Overview')
    .uid('chatstack-overview')
    .description('Which layer of the chat service is slow, and whether it fails.')
    .tags(['chatstack'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(buildLabelVariable('job', 'Job', 'http_request_duration_seconds_count'))
    .withVariable(buildLabelVariable('instance', 'Instance', 'http_request_duration_seconds_count{job=~"$job"}'));
  CHARTS.forEach((chart, index) => {
    dashboard.withPanel(buildPanel(chart, index));
  });
  return dashboard.build();
}

function buildLabelVariable(label: string, title: string, series: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource({ type: 'prometheus', uid: DATASOURCE })
    .query(`label_values(${series}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+');
}

function buildPanel(chart: Chart, index: number): PanelBuilder {
  const panel = new PanelBuilder()
    .id(index + 1)
    .title(chart.title)
    .description(chart.description)
    .unit(chart.unit)
    .min(0)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .datasource({ type: 'prometheus', uid: DATASOURCE })
    .gridPos({ x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 });
  chart.lines.forEach(({ expression, legend }, line) => {
    panel.withTarget(
      new DataqueryBuilder()
        .expr(expression)
        .legendFormat(legend)
        .refId(String.fromCharCode(65 + line))
        .range(),
    );
  });
  return panel;
}

/** Every PromQL expression of the overview, with Grafana's rate interval replaced by a real one. */
export function listOverviewExpressions(): string[] {
  return CHARTS.flatMap((chart) => chart.lines.map((line) => line.expression.replaceAll('$__rate_interval', '1m')));
}
