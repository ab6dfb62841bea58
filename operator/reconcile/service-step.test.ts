import { setTimeout as elapse } from 'node:timers/promises';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import { createInformer } from '../runtime/informer.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { type SeenRequest, startTestingProxy } from '../runtime/testing-proxy.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const replicasOf = (deployment: KubernetesObject) => (deployment.spec as { replicas?: number }).replicas;

describeWithApiServer('a service that an autoscaler scales, on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'scaling');
  });
  afterAll(() => cluster.close());

  /** What an autoscaler does. */
  const scaleTo = (name: string, replicas: number) =>
    cluster.client.patch(builtIn.deployment, cluster.at(builtIn.deployment, name).key, { spec: { replicas } }, 'scale');

  /** Every number of pods that the Deployment was ever seen to ask for, from now on. */
  const followReplicas = async (name: string) => {
    const seen: (number | undefined)[] = [];
    const stop = new AbortController();
    const informer = createInformer({
      client: cluster.client,
      resource: builtIn.deployment,
      selection: { namespace: 'scaling' },
    });
    informer.onChange(({ object }) => {
      if (object.metadata.name === name) seen.push(replicasOf(object));
    });
    const running = informer.run(stop.signal);
    await informer.synced();
    return {
      end: async () => {
        stop.abort();
        await running;
        return [...new Set(seen)];
      },
    };
  };

  test('starts with its least number of pods', async () => {
    await cluster.makeReady('new', { service: { autoscaling: { minReplicas: 3, maxReplicas: 5 } } });
    const deployment = await cluster.awaitObject(builtIn.deployment, 'new-service', (each) => replicasOf(each) === 3);
    expect(replicasOf(deployment)).toBe(3);
    const { spec } = await cluster.get(builtIn.horizontalPodAutoscaler, 'new-service');
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 5 });
  });

  test('is there before its autoscaler: KEDA refuses one whose Deployment it does not find', async () => {
    const proxy = await startTestingProxy(server());
    const behind = await openTestCluster(server(), 'scaling-order', { connection: connectPlainly(proxy.url) });
    try {
      const is = (kind: string) => (request: SeenRequest) =>
        request.method === 'PATCH' && request.path.includes(`/${kind}/late-service`);
      const passed = Promise.withResolvers<void>();
      proxy.fault = (request) => (is('deployments')(request) ? { until: passed.promise } : undefined);
      const asked = proxy.next(is('deployments'));
      await behind.applyStack('late', { service: { autoscaling: { maxReplicas: 5 } } });
      await asked;
      await elapse(300); // what else is applied with the Deployment has been asked for by then
      expect(proxy.seen.filter(is('horizontalpodautoscalers'))).toEqual([]);
      passed.resolve();
      await behind.awaitCondition('late', 'Ready', 'True');
      expect(proxy.seen.filter(is('horizontalpodautoscalers'))).toHaveLength(1);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });

  test('is handed over with the pods that it has, and from then on they are the autoscaler’s', async () => {
    await cluster.makeReady('handed', { service: { replicas: 4 } });
    const replicas = await followReplicas('handed-service');
    const service = { autoscaling: { minReplicas: 2, maxReplicas: 9 } };
    await cluster.applyStack('handed', { service });
    await cluster.awaitObject(
      builtIn.deployment,
      'handed-service',
      (each) => each.metadata.annotations?.['chatstack.dev/scaled-from'] === '2',
    );
    await cluster.awaitCondition('handed', 'Ready', 'True');
    expect(await replicas.end()).toEqual([4]);

    await scaleTo('handed-service', 7);
    await cluster.applyStack('handed', { service, redis: { maxMemory: '96Mi' } });
    await cluster.awaitCondition('handed', 'Ready', 'True');
    await cluster.awaitQuiet(300);
    expect(replicasOf(await cluster.get(builtIn.deployment, 'handed-service'))).toBe(7);
  });

  test('serves in full while it grows', async () => {
    cluster.play.stuck.add('growing-service');
    await cluster.applyStack('growing', { service: { autoscaling: { minReplicas: 2, maxReplicas: 9 } } });
    const { resource, key } = cluster.at(builtIn.deployment, 'growing-service');
    await cluster.awaitObject(builtIn.deployment, 'growing-service', (each) => replicasOf(each) === 2);
    const { metadata } = await scaleTo('growing-service', 5).then(() => cluster.get(resource, key.name));
    const counts = { replicas: 5, updatedReplicas: 5, readyReplicas: 2, availableReplicas: 2 };
    const status = { observedGeneration: metadata.generation, ...counts };
    await cluster.client.patch(resource, key, { status }, 'status');
    const stack = await cluster.awaitCondition('growing', 'Ready', 'True');
    expect(conditionOf(stack, 'ServiceReady')?.message).toBe('2 of 5 pods ready');
  });

  test('has its former autoscaler gone before a fixed number is set', async () => {
    await cluster.makeReady('fixed', { service: { autoscaling: { maxReplicas: 9 } } });
    await scaleTo('fixed-service', 8);
    await cluster.applyStack('fixed', { service: { replicas: 3 } });
    await cluster.awaitCondition('fixed', 'Ready', 'True');
    expect(replicasOf(await cluster.get(builtIn.deployment, 'fixed-service'))).toBe(3);
    const names = (await cluster.list(builtIn.horizontalPodAutoscaler)).map((each) => each.metadata.name);
    expect(names).not.toContain('fixed-service');
  });
});

describeWithApiServer('poolers that are switched off and on, on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'switching', {
      reload: async () => ({ kind: 'equal', reloaded: false }),
    });
  });
  afterAll(() => cluster.close());

  const pooler = 'switched-pgbouncer';
  const egressOf = async () => JSON.stringify((await cluster.get(builtIn.networkPolicy, 'switched-service')).spec);

  test('stay until the last process that uses them is gone, and so do the edges to them', async () => {
    await cluster.makeReady('switched');
    await cluster.addPod('switched', 'service', 'of-before');
    const { resource, key } = cluster.at(builtIn.pod, 'of-before');
    await cluster.client.patch(resource, key, { metadata: { finalizers: ['example.dev/drain'] } });
    cluster.play.stuck.add('switched-service');
    await cluster.applyStack('switched', { pgbouncer: { enabled: false } });
    await cluster.awaitCondition('switched', 'Progressing', 'True', 'Pruning');
    expect(await egressOf()).toContain('postgres');
    expect(await egressOf()).toContain('pgbouncer');

    cluster.play.stuck.delete('switched-service');
    await cluster.client.delete(resource, key);
    const rolled = cluster.at(builtIn.deployment, 'switched-service');
    await cluster.client.patch(rolled.resource, rolled.key, { metadata: { annotations: { nudge: 'x' } } });
    await cluster.awaitCondition('switched', 'ServiceReady', 'True');
    await cluster.awaitQuiet(300);
    expect((await cluster.get(builtIn.deployment, pooler)).metadata.deletionTimestamp).toBeUndefined();

    await cluster.client.patch(resource, key, { metadata: { finalizers: [] } });
    const ready = await cluster.awaitCondition('switched', 'Ready', 'True');
    expect(conditionOf(ready, 'PgbouncerReady')).toMatchObject({ status: 'True', reason: 'Disabled' });
    await cluster.awaitAbsence(builtIn.deployment, pooler);
    await cluster.awaitQuiet(300);
    expect(await egressOf()).not.toContain('pgbouncer');
  });

  test('are there again as soon as they are wanted', async () => {
    await cluster.makeReady('switched', {});
    expect((await cluster.get(builtIn.deployment, pooler)).kind).toBe('Deployment');
  });
});
