import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildMetricsPage, listUsualMetrics } from './metrics-page.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

test('the page has every metric of a real scrape, and no other', async () => {
  await service.read('conv-1', 'user-1');
  await service.send('conv-1', 'user-1', 'hello');
  const text = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  const usual = new Set(listUsualMetrics());
  const scraped = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].filter(([, name = '']) => !usual.has(name));
  const documented = [...buildMetricsPage().matchAll(/^\| `(\w+)` \| (\w+) \|/gm)];
  const list = (matches: readonly RegExpMatchArray[]) => matches.map(([, name, type]) => `${name} ${type}`).sort();
  expect(list(documented)).toEqual(list(scraped));
  expect(scraped.length).toBeGreaterThan(15);
});
