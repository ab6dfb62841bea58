import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerCheck, ServerTarget } from '../external-postgres/server-target.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource } from './child-kinds.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const usable = (maxConnections: number): ServerCheck => ({
  kind: 'usable',
  facts: { version: '17.4', maxConnections, reservedConnections: 5 },
});
const full: ServerCheck = { kind: 'unusable', reason: 'ServerFull', message: 'expected a free connection, found none' };

describeWithApiServer('a stack on an external Postgres', (server) => {
  let cluster: TestCluster;
  let answer: ServerCheck = full;
  const asked: ServerTarget[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'external', {
      checkServer: async (target) => {
        asked.push(target);
        return answer;
      },
    });
    const { resource, key } = cluster.at(builtIn.secret, 'database');
    const stringData = { username: 'chat', password: 'secret' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, stringData });
  });
  afterAll(() => cluster?.close());

  const spec = (other: object = {}) => ({
    postgres: { mode: 'External', external: { host: 'db', database: 'chat', secretRef: { name: 'database' } } },
    pgbouncer: { poolSize: 60, reservePoolSize: 5 },
    ...other,
  });
  const statusOf = async (name: string) => (await cluster.get(chatStackResource, name)).status as StackStatus;

  test('makes nothing before the server can be used, and says why it can not', async () => {
    answer = full;
    await cluster.applyStack('early', spec());
    const stack = await cluster.awaitCondition('early', 'PostgresReady', 'False', 'ServerFull');
    expect(conditionOf(stack, 'Degraded')).toMatchObject({ status: 'True', reason: 'ServerFull' });
    expect(conditionOf(stack, 'Ready')?.message).toContain('expected a free connection');
    expect((await cluster.list(builtIn.deployment)).length).toBe(0);
    expect((await statusOf('early')).connectionBudget).toBeUndefined();
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'early').key);
  });

  test('is asked at the address as the pods of its namespace know it, once, and the plan rests on what was read', async () => {
    answer = usable(400);
    asked.length = 0;
    await cluster.makeReady('reading', spec());
    expect(asked).toEqual([expect.objectContaining({ host: 'db.external.svc', user: 'chat', password: 'secret' })]);
    const status = await statusOf('reading');
    expect(status.connectionBudget).toMatchObject({ maxConnections: 400 });
    expect(status.connectionBudget?.lines).toContainEqual(
      expect.objectContaining({ name: 'reserved by Postgres', connections: 5 }),
    );
    expect(status.postgresServer).toMatchObject({ version: '17.4', maxConnections: 400, reservedConnections: 5 });
  });

  test('asks no more when the operator starts anew, nor after a change of something else', async () => {
    await cluster.makeReady('reading', spec());
    await cluster.stopOperator();
    asked.length = 0;
    cluster.startOperator();
    await cluster.makeReady('reading', spec({ service: { replicas: 3 } }));
    expect(asked).toEqual([]);
    expect((await statusOf('reading')).connectionBudget?.maxConnections).toBe(400);
  });

  test('asks again after a change of its settings, and keeps what it has while the new server is none', async () => {
    await cluster.makeReady('reading', spec());
    answer = full;
    const { postgres } = spec();
    const other = { ...postgres, external: { ...postgres.external, host: 'other.example.com' } };
    await cluster.applyStack('reading', spec({ postgres: other }));
    await cluster.awaitCondition('reading', 'PostgresReady', 'False', 'ServerFull');
    const { data } = await cluster.get(builtIn.configMap, 'reading-pgbouncer');
    expect((data as Record<string, string>)['pgbouncer.ini']).toContain('host=db ');
    expect(asked.at(-1)?.host).toBe('other.example.com');
  });

  test('looks at the server when the service is down, tells what it found, and goes on', async () => {
    answer = usable(400);
    await cluster.makeReady('down', spec());
    answer = full;
    const { resource, key } = cluster.at(builtIn.deployment, 'down-service');
    await cluster.client.patch(resource, key, { status: { readyReplicas: 0, availableReplicas: 0 } }, 'status');
    const stack = await cluster.awaitCondition('down', 'PostgresReady', 'False', 'ServerFull');
    expect((stack.status as StackStatus).connectionBudget?.maxConnections).toBe(400);
    await cluster.applyStack('down', spec({ service: { replicas: 4 } }));
    await cluster.awaitObject(resource, key.name, (each) => (each.spec as { replicas: number }).replicas === 4);
    answer = usable(400);
    await cluster.awaitCondition('down', 'Ready', 'True');
  });
});
