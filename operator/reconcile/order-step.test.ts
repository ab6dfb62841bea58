import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ReloadOutcome } from '../pgbouncer-admin/reload-until-equal.ts';
import { builtIn } from '../runtime/resource.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

describeWithApiServer('a plan that changes what Postgres takes and what poolers may have', (server) => {
  let cluster: TestCluster;
  let answer: ReloadOutcome = { kind: 'equal', reloaded: false };

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'orders', {
      reload: async () => answer,
      pause: async () => ({ kind: 'paused' }),
    });
  });
  afterAll(() => cluster?.close());

  const poolSize = async (name: string) => {
    const { data } = await cluster.get(builtIn.configMap, `${name}-pgbouncer`);
    return Number(/default_pool_size = (\d+)/.exec((data as Record<string, string>)['pgbouncer.ini'] ?? '')?.[1]);
  };
  const maxConnections = async (name: string) => {
    const { data } = await cluster.get(builtIn.configMap, `${name}-postgres`);
    return Number(/max_connections = '(\d+)'/.exec((data as Record<string, string>)['postgresql.conf'] ?? '')?.[1]);
  };
  const spec = (connections: number, size: number) => ({
    postgres: { parameters: { max_connections: String(connections) } },
    pgbouncer: { poolSize: size, reservePoolSize: 1 },
  });

  test('lets the pools grow after Postgres has started again', async () => {
    await cluster.makeReady('growing', spec(100, 20));
    cluster.play.stuck.add('growing-postgres');
    await cluster.applyStack('growing', spec(300, 80));
    await cluster.awaitCondition('growing', 'PgbouncerReady', 'False', 'InOrder');
    expect([await maxConnections('growing'), await poolSize('growing')]).toEqual([300, 20]);
    cluster.play.stuck.delete('growing-postgres');
    const { resource, key } = cluster.at(builtIn.statefulSet, 'growing-postgres');
    await cluster.client.patch(resource, key, { metadata: { labels: { nudge: 'x' } } });
    await cluster.awaitCondition('growing', 'Ready', 'True');
    expect(await poolSize('growing')).toBe(80);
  });

  test('lets Postgres take fewer only when every pooler runs its smaller pool', async () => {
    await cluster.makeReady('shrinking', spec(300, 80));
    answer = { kind: 'different', differences: [] };
    for (const pod of ['a', 'b']) await cluster.addPod('shrinking', 'pgbouncer', `shrinking-pgbouncer-${pod}`);
    await cluster.applyStack('shrinking', spec(100, 20));
    await cluster.awaitCondition('shrinking', 'PgbouncerReady', 'False', 'PoolReloading');
    expect([await maxConnections('shrinking'), await poolSize('shrinking')]).toEqual([300, 20]);
    answer = { kind: 'equal', reloaded: true };
    await cluster.awaitCondition('shrinking', 'Ready', 'True');
    expect(await maxConnections('shrinking')).toBe(100);
  });
});
