import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@chatstack/service/telemetry/logger.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { planForKubernetes } from '../generate/example-plans.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
const cluster = read('examples/logs/kubernetes.alloy');
const compose = read('examples/logs/compose.alloy');

/** The labels of the pods that these objects make, wherever their templates are. */
function podLabels(value: unknown): Record<string, string>[] {
  if (typeof value !== 'object' || value === null) return [];
  const { template } = value as { template?: { metadata?: { labels?: Record<string, string> } } };
  const own = template?.metadata?.labels;
  return [...(own ? [own] : []), ...Object.values(value).flatMap(podLabels)];
}

test('every pod of a stack has the labels that lines are found by', () => {
  const plan = planForKubernetes('backup');
  const objects = renderKubernetes(plan, { namespace: plan.namespace, credentialsRevision: 'r' });
  const pods = podLabels(objects);
  expect(pods.length).toBeGreaterThan(4);
  const selected = /label = "(.+)=(.+)"/.exec(cluster);
  for (const labels of pods) {
    expect(labels).toMatchObject({ [selected?.[1] ?? '']: selected?.[2] });
    const read = [...cluster.matchAll(/__meta_kubernetes_pod_label_(\w+)"/g)].map(([, name]) => name);
    const there = Object.keys(labels).map((name) => name.replace(/[^a-z]/g, '_'));
    expect(there).toEqual(expect.arrayContaining(read));
  }
});

test('a line has its level as one of the numbers that are translated', () => {
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line: string) => lines.push(line) });
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('said');
  for (const line of lines) expect(cluster).toContain(`eq .Value "${JSON.parse(line).level}"`);
  expect(lines).toHaveLength(6);
});

test('lines are treated alike on a cluster and in Docker Compose', () => {
  const treatment = (text: string) => text.slice(text.indexOf('// Lines that are no JSON'));
  expect(treatment(compose)).toBe(treatment(cluster));
});

test('in Docker Compose Alloy is told everything that its configuration asks for, the labels of metrics among it', () => {
  const { services, configs } = parse(read('docker-compose.yml'));
  const { environment } = services.alloy;
  const asked = [...compose.matchAll(/sys\.env\("(\w+)"\)/g)].map(([, name]) => name);
  expect(new Set(asked)).toEqual(new Set(Object.keys(environment)));
  const { scrape_configs: jobs } = parse(configs['prometheus-prometheus.yml'].content);
  const { namespace, stack } = jobs[0].static_configs[0].labels;
  expect(environment).toMatchObject({ NAMESPACE: namespace, STACK: stack });
});
