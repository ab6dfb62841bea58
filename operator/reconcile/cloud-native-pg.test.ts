import { optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withAdminConsole } from '../pgbouncer-admin/admin-console.ts';
import { pausePooler } from '../pgbouncer-admin/pause-pooler.ts';
import { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource, optionalResource } from './child-kinds.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const definition =
  process.env.CLOUDNATIVE_PG_CRD ?? new URL('testing/cloud-native-pg-cluster.yaml', import.meta.url).pathname;
const clusters = optionalResource(optionalKinds.cloudNativePgCluster);
const admin = { user: 'chatstack_admin', password: 'known' };
const spec = { postgres: { mode: 'CloudNativePG', instances: 2 } };

describeWithApiServer('a stack whose Postgres CloudNativePG runs', (server) => {
  let pooler: PgbouncerEngine;
  let cluster: TestCluster;

  beforeAll(async () => {
    pooler = await startPgbouncer({ admin, databases: { chatstack: 'host=127.0.0.1 port=1 dbname=chatstack' } });
    const place = { port: pooler.port, password: admin.password };
    cluster = await openTestCluster(server(), 'clusters', {
      reload: (target) => reloadUntilEqual({ ...target, ...place }, {}),
      pause: (target, options) => pausePooler({ ...target, ...place }, options),
    });
  });
  afterAll(async () => {
    await cluster?.close();
    await pooler?.stop();
  });

  const isPaused = () =>
    withAdminConsole(
      { host: pooler.host, port: pooler.port, ...admin, timeoutMilliseconds: 20_000 },
      async (console) => {
        const was = await console.resume();
        if (was) await console.pause();
        return was;
      },
    );
  /** What CloudNativePG writes. */
  const report = (name: string, status: object) =>
    cluster.client.patch(clusters, cluster.at(clusters, `${name}-postgres`).key, { status }, 'status');
  const healthy = (name: string, primary = 1) => ({
    phase: 'Cluster in healthy state',
    instances: 2,
    readyInstances: 2,
    currentPrimary: `${name}-postgres-${primary}`,
    targetPrimary: `${name}-postgres-${primary}`,
  });
  const makeLogin = (name: string) => {
    const { resource, key } = cluster.at(builtIn.secret, `${name}-postgres-app`);
    const stringData = { username: 'chatstack', password: 'theirs', dbname: 'chatstack' };
    return cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, stringData });
  };

  test('says what to install while the cluster has no such kind, and goes on by itself when it has', async () => {
    await cluster.applyStack('acme', spec);
    const stack = await cluster.awaitCondition('acme', 'Degraded', 'True', 'KindMissing');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(/spec\.postgres\.mode.*Install CloudNativePG: https/);
    await server().kubectl(['apply', '--server-side', '-f', definition]);
    await cluster.awaitCondition('acme', 'PostgresReady', 'False', 'ClusterStarting');
  });

  test('makes a Cluster that a real API server takes, which outlives the stack', async () => {
    const { spec: made, metadata } = await cluster.get(clusters, 'acme-postgres');
    expect(made).toMatchObject({
      instances: 2,
      bootstrap: { initdb: { database: 'chatstack', owner: 'chatstack' } },
      postgresql: { parameters: { max_connections: '100' } },
      storage: { size: '10Gi' },
    });
    expect(metadata.ownerReferences ?? []).toEqual([]);
  });

  test('waits for its login and its primary, and enters by its Service', async () => {
    await makeLogin('acme');
    await cluster.awaitCondition('acme', 'Progressing', 'True', 'PostgresStarting');
    expect((await cluster.list(builtIn.job)).length).toBe(0);
    // What CloudNativePG 1.30 says of an instance that finds no room on any node, for as long as that is so.
    await report('acme', { ...healthy('acme'), phase: 'Creating a new replica', readyInstances: 1 });
    const served = await cluster.awaitCondition('acme', 'ServiceReady', 'True');
    expect(conditionOf(served, 'Ready')).toMatchObject({ status: 'False', reason: 'ClusterStarting' });
    await report('acme', healthy('acme'));
    const stack = await cluster.awaitCondition('acme', 'Ready', 'True');
    expect((stack.status as StackStatus).components?.[0]).toMatchObject({ name: 'postgres', ready: 2, desired: 2 });
    const { data } = await cluster.get(builtIn.configMap, 'acme-pgbouncer');
    const ini = (data as Record<string, string>)['pgbouncer.ini'];
    expect(ini).toContain('chatstack = host=acme-postgres-rw port=5432 dbname=chatstack');
    expect(ini).not.toContain('auth_query');
    const deployment = await cluster.get(builtIn.deployment, 'acme-service');
    expect(JSON.stringify(deployment.spec)).toContain('"name":"acme-postgres-app"');
    expect((await cluster.list(builtIn.statefulSet)).length).toBe(0);
  });

  test('has clients wait while another instance takes over, and no longer', async () => {
    await cluster.addPod('acme', 'pgbouncer', 'acme-pgbouncer-a');
    await cluster.awaitQuiet(300);
    await report('acme', { targetPrimary: 'acme-postgres-2', phase: 'Switchover in progress' });
    const stack = await cluster.awaitCondition('acme', 'PgbouncerReady', 'False', 'PoolersPaused');
    expect(conditionOf(stack, 'PgbouncerReady')?.message).toContain('acme-postgres-2 takes over from the primary');
    expect(await isPaused()).toBe(true);
    await report('acme', healthy('acme', 2));
    await cluster.awaitCondition('acme', 'Ready', 'True');
    expect(await isPaused()).toBe(false);
    await cluster.awaitEvents('acme', 'PoolersPaused', 'PoolerResumed');
  });

  test('and the next time, also when the operator is started again in between', async () => {
    await report('acme', { targetPrimary: 'pending', phase: 'Failing over' });
    await cluster.awaitCondition('acme', 'PgbouncerReady', 'False', 'PoolersPaused');
    await cluster.stopOperator();
    await report('acme', healthy('acme', 1));
    expect(await isPaused()).toBe(true);
    cluster.startOperator();
    await cluster.awaitCondition('acme', 'Ready', 'True');
    await cluster.awaitQuiet(300);
    expect(await isPaused()).toBe(false);
  });

  test('tells what CloudNativePG is stuck at', async () => {
    await report('acme', { phase: 'Not enough disk space', readyInstances: 1 });
    const stack = await cluster.awaitCondition('acme', 'Degraded', 'True', 'ClusterStuck');
    expect(conditionOf(stack, 'PostgresReady')?.message).toContain('1 of 2 instances ready');
    await report('acme', healthy('acme'));
    await cluster.awaitCondition('acme', 'Ready', 'True');
  });

  test('leaves the Cluster when the stack is deleted, and finds it again', async () => {
    const { metadata } = await cluster.get(clusters, 'acme-postgres');
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'acme').key);
    await cluster.awaitAbsence(chatStackResource, 'acme');
    await cluster.applyStack('acme', spec);
    const stack = await cluster.awaitCondition('acme', 'Progressing', 'True');
    expect((stack.status as StackStatus).components?.[0]).toMatchObject({ name: 'postgres', ready: 2 });
    expect((await cluster.get(clusters, 'acme-postgres')).metadata.uid).toBe(metadata.uid);
  });
});
