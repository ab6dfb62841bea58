import { allSheets } from '@chatstack/dashboards/grafana/all-sheets.ts';
import type { Chart } from '@chatstack/dashboards/grafana/chart.ts';
import { observeReplicas, openPrometheusProbe } from '@chatstack/load/harness/sampling/prometheus-probe.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import { type OtlpReceiver, startOtlpReceiver } from '@chatstack/service/testing/otlp-receiver.ts';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type ChatTraffic, startChatTraffic } from './chat-traffic.ts';
import { fillVariables } from './grafana-variables.ts';
import { readMetricNames } from './metric-names.ts';
import { canMonitor, type MonitoredStack, NAMES, startMonitoredStack } from './monitored-stack.ts';

// Programs start, and a rate needs some scrapes.
jest.setTimeout(120_000);

const SCRAPE_INTERVAL = 1;

/** Metrics that not every version tells, each with its reason; what reads one does without it, too. */
const OPTIONAL: Readonly<Record<string, string>> = {
  pgbouncer_databases_reserve_pool:
    'pgbouncer_exporter 0.12 does not know how PgBouncer 1.24 and newer call the column',
};

const charts = allSheets.flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.charts.map((chart): [name: string, chart: Chart] => [`${title}: ${chart.title}`, chart])),
);

const fill = (expression: string) =>
  fillVariables(expression, { ...NAMES, scrapeInterval: SCRAPE_INTERVAL, step: 5, range: 30 });

const describeMonitored = canMonitor() ? describe : describe.skip;

describeMonitored('every chart of every dashboard, asked of a Prometheus that scrapes a stack at work', () => {
  let monitored: MonitoredStack;
  let traffic: ChatTraffic;
  let receiver: OtlpReceiver;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    monitored = await startMonitoredStack(SCRAPE_INTERVAL, receiver.url);
    traffic = await startChatTraffic(
      monitored.replicas.map(({ url }) => url),
      30,
    );
  });

  afterAll(async () => {
    await traffic?.stop();
    await monitored?.stop();
    await receiver?.stop();
  });

  test.each(charts)('%s: has data', async (_, chart) => {
    for (const { expression, legend } of chart.queries) {
      await eventually(`there is data of "${legend}": ${fill(expression)}`, async () => {
        const series = await monitored.prometheus.query(fill(expression), Date.now() / 1_000);
        return series.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));
      });
    }
  });

  test.each(charts.filter(([, { hasExemplars }]) => hasExemplars))('%s: leads to traces', async (_, chart) => {
    const now = Date.now() / 1_000;
    const [query] = chart.queries;
    const ids = await monitored.prometheus.traceIds(fill(query?.expression ?? ''), {
      from: now - 60,
      to: now,
      step: 1,
    });
    const received = new Set(receiver.spans.map(({ traceId }) => traceId));
    expect(ids.filter((id) => received.has(id))).not.toEqual([]);
  });

  test.each(charts)('%s: reads only metrics that are scraped', async (_, chart) => {
    const scraped = new Set(await monitored.prometheus.labelValues('__name__', '{job=~".+"}'));
    const names = chart.queries.flatMap(({ expression }) => readMetricNames(fill(expression)));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !scraped.has(name) && !(name in OPTIONAL))).toEqual([]);
  });

  test('what load tests ask each second of a stack that they did not start: has data', async () => {
    const probe = await openPrometheusProbe(monitored.prometheus.url);
    await eventually('there is all of it', async () => {
      const { hitRatio = -1, clientConnections = -1, databaseConnections = 0, cores, ...rest } = await probe.read();
      expect(Object.keys(rest).sort()).toEqual([
        ...['clientsWaiting', 'eventLoopDelayMilliseconds', 'queueWaitMilliseconds', 'redisBytes', 'serviceBytes'],
      ]);
      expect(Object.keys(cores ?? {})).toEqual(expect.arrayContaining(['service', 'redis']));
      return hitRatio >= 0 && hitRatio <= 1 && clientConnections > 0 && databaseConnections > 0;
    });
    expect(probe.restarts?.()).toBe(0);
    expect(await observeReplicas(monitored.prometheus.url)).toEqual({ 'service.replicas': 2, 'pgbouncer.replicas': 1 });
  });

  test.each(allSheets.map((sheet) => [sheet.title, sheet] as const))(
    '%s: every job and instance of the stack is among the values of its variables',
    async (_, { series }) => {
      const selector = `${series}{namespace="${NAMES.namespace}", stack="${NAMES.stack}"}`;
      expect(await monitored.prometheus.labelValues('job', selector)).not.toEqual([]);
      expect(await monitored.prometheus.labelValues('instance', selector)).not.toEqual([]);
    },
  );
});

test('an expression with a variable that no dashboard has is refused', () => {
  expect(() => fill('up{cluster="$cluster"}')).toThrow(/found \$cluster in/);
});

test('an expression that is not PromQL is refused, saying where', () => {
  expect(() => readMetricNames('sum(rate(a[5m])')).toThrow(/expected PromQL, found .* at position \d+/);
});
