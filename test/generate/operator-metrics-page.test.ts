import { openTestCluster, type TestCluster } from '@chatstack/operator/reconcile/testing/test-cluster.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithApiServer } from '../engines/api-server.ts';
import { buildOperatorMetricsPage } from './operator-metrics-page.ts';

describeWithApiServer('the page of the metrics of the operator', (server) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'documented');
    await cluster.makeReady('acme');
  }, 60_000);
  afterAll(() => cluster?.close());

  test('has every metric of a real scrape with its labels, and no other', async () => {
    const text = await cluster.scrape();
    const documented = [...buildOperatorMetricsPage().matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)];
    const list = (matches: readonly RegExpMatchArray[]) => matches.map(([, name, type]) => `${name} ${type}`).sort();
    expect(list(documented)).toEqual(list([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)]));
    for (const [, name, , cell = ''] of documented) {
      const labels = [...cell.matchAll(/`(\w+)`/g)].map(([, label]) => label);
      const [, shown = ''] = new RegExp(`^${name}(?:_count)?{(.*)}`, 'm').exec(text) ?? [];
      const found = [...shown.matchAll(/(\w+)="/g)].map(([, label]) => label);
      if (found.length > 0) expect([name, ...labels].sort()).toEqual([name, ...found].sort());
    }
  });
});
