import { setTimeout as elapse } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { readContext } from './context.ts';
import { type MetricSample, parseMetrics } from './metric-samples.ts';
import { RELEASE } from './operator-release.ts';
import { serviceUrls } from './service-proxy.ts';
import { ensureStack, podsOf, waitForReady } from './stack.ts';

const context = readContext();
const address = serviceUrls(context.proxyUrl);

beforeAll(async () => {
  await ensureStack(context);
  await waitForReady(context, 120);
});

/** The series of a metric about the stack, by one of the Services that the chart makes. */
async function seriesOf(name: string, service: 'metrics' | 'pods'): Promise<MetricSample[]> {
  const answer = await fetch(`${address(context.operatorNamespace, `${RELEASE}-${service}`, 9464)}/metrics`);
  expect(answer.status).toBe(200);
  return parseMetrics(await answer.text()).filter(
    (each) =>
      each.name === name && each.labels.namespace === context.stackNamespace && each.labels.stack === context.stackName,
  );
}

test('the operator tells how long clients wait at each pooler, past network policies and with the password of the stack', async () => {
  const pods = (await podsOf(context, 'pgbouncer')).map(({ metadata }) => metadata.name).toSorted();
  const deadline = Date.now() + 60_000; // rounds are 15 s apart
  let shown: string[] = [];
  while (shown.join() !== pods.join() && Date.now() < deadline) {
    await elapse(1000);
    shown = (await seriesOf('chatstack_pool_max_wait_seconds', 'metrics'))
      .map(({ labels }) => labels.pod ?? '')
      .toSorted();
  }
  expect(shown).toEqual(pods);
}, 90_000);

test('the operator tells the conditions of the stack, by either Service', async () => {
  for (const service of ['metrics', 'pods'] as const) {
    const conditions = await seriesOf('chatstack_condition', service);
    expect(conditions.find(({ labels }) => labels.type === 'Ready')).toMatchObject({ value: 1 });
  }
});
