import { createRealtimeMetrics } from '@chatstack/service/realtime/realtime-metrics.ts';
import { createMetrics } from '@chatstack/service/telemetry/metrics.ts';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** What is known of a metric before anything was measured. */
export type Described = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
  readonly upperBounds?: readonly number[];
};

/** A part of a page: the metrics whose names begin so. */
export type PagePart = readonly [title: string, text: string, prefixes: RegExp];

/** Whose metrics these are, in the order of the page. */
const PARTS: readonly PagePart[] = [
  ['Requests', '', /^(http|rate_limit)_/],
  ['Realtime', '', /^(websocket|realtime|presence)_/],
  ['Cache', '', /^cache_/],
  [
    'Database',
    'The pool is that of this process; PgBouncer and Postgres have exporters of their own.',
    /^(db|outbox|retention)_/,
  ],
  ['Redis', 'As this process sees it.', /^redis_/],
  [
    'Process',
    'Beside these there are all default metrics of prom-client for the platform, among them `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, `nodejs_eventloop_lag_p99_seconds`, `nodejs_heap_size_used_bytes`, `nodejs_external_memory_bytes` and `nodejs_gc_duration_seconds`.',
    /^(chat|nodejs)_/,
  ],
];

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Builds the reference page of the metrics of a service, as Markdown, from the definitions that the service registers. */
export function buildMetricsPage(): string {
  const { registry } = createMetrics(() => ({ total: 0, idle: 0, waiting: 0 }));
  createRealtimeMetrics(registry, () => ({ connections: 0, subscriptions: 0 }));
  const usual = new Set(listUsualMetrics());
  const all = registry.getMetricsAsArray() as unknown as Described[];
  const metrics = all.filter(({ name }) => !usual.has(name));
  return `<!-- Generated from service/telemetry by \`npm run generate\`. Change the definitions, not this file. -->
# Metrics of the service

Prometheus text at \`GET /metrics\` of port 9464 (\`METRICS_PORT\`), which serves nothing else. Labels are bounded: a route is its template, else
\`unmatched\`; an unusual method is \`other\`; no user, conversation, path or key of Redis is ever a label. A histogram also has the series \`_bucket\`,
\`_sum\` and \`_count\`; its bounds are given here, and lie on the values that objectives are stated in.
${buildParts(metrics, PARTS)}`;
}

/** Builds the tables of a page. Throws when a metric is in no part. */
export function buildParts(metrics: readonly Described[], parts: readonly PagePart[]): string {
  const unknown = metrics.filter(({ name }) => !parts.some(([, , prefixes]) => prefixes.test(name)));
  if (unknown.length > 0) {
    throw new Error(
      `expected a part of the page for ${unknown.map(({ name }) => name).join(', ')}, found none: add one`,
    );
  }
  return parts
    .map(([title, text, prefixes]) => {
      const rows = metrics.filter(({ name }) => prefixes.test(name)).map(buildRow);
      if (rows.length === 0) return '';
      return `\n## ${title}\n\n${text && `${text}\n\n`}| metric | type | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('');
}

/** The names that prom-client gives by itself, which differ by platform. */
export function listUsualMetrics(): string[] {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry.getMetricsAsArray().map(({ name }) => name);
}

function buildRow({ name, type, labelNames = [], help, upperBounds }: Described): string {
  const labels = labelNames.filter((label) => label !== 'le').map((label) => `\`${label}\``);
  const bounds = upperBounds ? ` Bounds: ${upperBounds.join(', ')}.` : '';
  return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${cell(help)}${bounds} |`;
}
