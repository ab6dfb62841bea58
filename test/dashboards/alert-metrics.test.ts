import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOperatorRuleGroups, buildRuleGroups } from '@chatstack/dashboards/alerts/build-rules.ts';
import { goldenInputs, operatorInput, usualInput } from '@chatstack/dashboards/testing/alerts/inputs.ts';
import { createRuntimeMetrics } from '@chatstack/operator/runtime/metrics.ts';
import { createStackMetrics } from '@chatstack/operator/stack-metrics/stack-metrics.ts';
import { type StackUnderTest, startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetricNames } from './metric-names.ts';

const folder = join(import.meta.dirname, 'metric-names');

/** Names that exporters and a cluster's own Prometheus give, each file telling where they were read. */
const listKnownNames = (): readonly string[] =>
  readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').match(/^[a-z]\w*$/gm) ?? []);

const rules = [
  ...[usualInput, ...Object.values(goldenInputs)].flatMap(buildRuleGroups),
  ...buildOperatorRuleGroups(operatorInput),
].flatMap((group) => group.rules);

/** Of each scrape Prometheus itself tells these; it makes what is recorded, too. */
const madeByPrometheus = [
  'up',
  'scrape_duration_seconds',
  ...rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
];

let stack: StackUnderTest;
let known: ReadonlySet<string>;

beforeAll(async () => {
  stack = await startStackUnderTest();
  const service = await stack.start();
  await service.read('conv-1', 'user-1');
  const scrape = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  const operator = createRuntimeMetrics();
  createStackMetrics(operator.registry);
  operator.forController('chatstack', 1, () => ({ depth: 0, runningSeconds: [] }));
  const own = operator.registry.getMetricsAsArray().map(({ name }) => name);
  known = new Set([...(scrape.match(/^[a-z_]\w*/gm) ?? []), ...own, ...listKnownNames(), ...madeByPrometheus]);
}, 60_000);

afterAll(() => stack.stop());

test('rules read only metrics that somebody exposes', () => {
  const names = new Set(rules.flatMap(({ expr }) => readMetricNames(expr)));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
});

test('every series that is recorded is read by an alert or another record', () => {
  const read = new Set(rules.flatMap(({ expr }) => readMetricNames(expr)));
  expect(rules.flatMap((rule) => ('record' in rule && !read.has(rule.record) ? [rule.record] : []))).toEqual([]);
});
