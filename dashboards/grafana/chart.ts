/** One line, value or column of a chart. */
export interface Query {
  /** PromQL. Grafana's own variables ($stack, $__rate_interval, …) may occur in it. */
  readonly expression: string;
  /** Name of the line with `{{label}}`s in it; in a table the title of the column. */
  readonly legend: string;
  /** Grafana's unit id of this column, where it is not that of the chart. */
  readonly unit?: string;
}

/** From which value on a chart has another colour; the first step has no `from`. */
export type Steps = readonly { readonly color: 'green' | 'orange' | 'red' | 'blue'; readonly from?: number }[];

/** How a chart shows what its queries answer: lines over time, the last value, a histogram over time, the last values by label. */
export type ChartKind = 'timeseries' | 'stat' | 'heatmap' | 'table' | 'bargauge';

/** One question, and how it is answered. */
export interface Chart {
  readonly kind: ChartKind;
  readonly title: string;
  /** What is shown, what is usual and what it means when it is not. */
  readonly description: string;
  /** Grafana's unit id: `reqps`, `s`, `percentunit`, `short`, `bytes`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** Most that can be, for instance 1 of a share. */
  readonly max?: number;
  readonly steps?: Steps;
  /** Points of single traced requests are shown where Prometheus keeps exemplars. */
  readonly hasExemplars?: boolean;
  /** Lines are areas on top of each other. */
  readonly isStacked?: boolean;
  /** What is shown instead of a value, such as `up` for 1. */
  readonly words?: Readonly<Record<string, string>>;
  /** Labels that a table does not show. */
  readonly hidden?: readonly string[];
  /** Uid of the dashboard that tells more. */
  readonly more?: DashboardUid;
  /** What is shown where there is no series, because an absent source is usual. */
  readonly ifAbsent?: string;
}

/** Charts under one heading. */
export interface ChartRow {
  readonly title: string;
  readonly charts: readonly Chart[];
}

/** The dashboards by the ids that their addresses end in. */
export type DashboardUid =
  | 'chatstack-overview'
  | 'chatstack-latency'
  | 'chatstack-pgbouncer'
  | 'chatstack-database'
  | 'chatstack-redis'
  | 'chatstack-realtime'
  | 'chatstack-operator';

/** A variable that narrows all charts of a dashboard to some values of a label, or to all of them. */
export interface LabelVariable {
  readonly label: string;
  readonly title: string;
}

/** Everything a dashboard is made of. */
export interface Sheet {
  readonly uid: DashboardUid;
  readonly title: string;
  /** The question that it answers. */
  readonly description: string;
  /** A metric that each stack, job and instance of it has: values of the variables are those of its labels. */
  readonly series: string;
  /** Variables beside datasource, namespace, stack, job and instance. */
  readonly variables?: readonly LabelVariable[];
  readonly rows: readonly ChartRow[];
}

/** Steps of what is bad when there is much of it. */
export const badAbove = (warning: number, critical: number): Steps => [
  { color: 'green' },
  { color: 'orange', from: warning },
  { color: 'red', from: critical },
];

/** Steps of what is bad when there is little of it. */
export const badBelow = (warning: number, critical: number): Steps => [
  { color: 'red' },
  { color: 'orange', from: critical },
  { color: 'green', from: warning },
];
