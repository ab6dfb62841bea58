import { buildOverviewDashboard, listOverviewExpressions } from '@chatstack/dashboards/overview.ts';
import { type StackUnderTest, startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readMetricNames } from './metric-names.ts';

describe('the overview dashboard', () => {
  let stack: StackUnderTest;
  let scraped: Set<string>;

  beforeAll(async () => {
    stack = await startStackUnderTest();
    const service = await stack.start();
    await service.read('conv-1', 'user-1');
    const scrape = await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`);
    scraped = new Set((await scrape.text()).match(/^[a-z_]\w*/gm));
  }, 60_000);

  afterAll(() => stack.stop());

  test.each(listOverviewExpressions())('reads only metrics that a service exposes: %s', (expression) => {
    const names = readMetricNames(expression);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !scraped.has(name))).toEqual([]);
  });

  test('gives every panel an id, a title, a description, a unit and the chosen data source', () => {
    const panels = buildOverviewDashboard().panels ?? [];
    expect(panels.length).toBeGreaterThanOrEqual(7);
    expect(panels.map((panel) => ('id' in panel ? panel.id : undefined))).toEqual(panels.map((_, index) => index + 1));
    for (const panel of panels) {
      expect(panel).toMatchObject({
        title: expect.stringMatching(/./),
        description: expect.stringMatching(/./),
        datasource: { type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) },
        fieldConfig: { defaults: { unit: expect.stringMatching(/./) } },
      });
    }
  });

  test('refuses an expression that is not PromQL, saying where', () => {
    expect(() => readMetricNames('sum(rate(a[5m])')).toThrow(/expected PromQL, found .* at position \d+/);
  });
});
