import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { startTestingProxy, type TestingProxy } from '../runtime/testing-proxy.ts';
import { chatStackResource } from './child-kinds.ts';
import { describeObjects } from './testing/comparable-objects.ts';
import {
  conditionOf,
  imageOf,
  openTestCluster,
  type RunningOperator,
  type TestCluster,
} from './testing/test-cluster.ts';

/** Whatever a late status says, it is another one. */
const isAnotherVersionThan = (before: KubernetesObject) => (found: KubernetesObject) =>
  found.metadata.resourceVersion !== before.metadata.resourceVersion;

const changed = { service: { image: 'elsewhere/service:2' }, redis: { maxMemory: '96Mi' } };

describeWithApiServer('an operator that still writes after another one took the lead', (server) => {
  let cluster: TestCluster;
  let proxy: TestingProxy;
  let former: RunningOperator;
  let expected: string[];

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'two-leaders');
    await cluster.makeReady('acme-model');
    await cluster.makeReady('acme-model', changed);
    await cluster.awaitQuiet(500);
    expected = await describeObjects(cluster, 'acme-model');
    proxy = await startTestingProxy(server());
    former = cluster.runOperator(connectPlainly(proxy.url));
  });
  afterAll(async () => {
    await former?.stop();
    await cluster?.close();
    await proxy?.close();
  });

  test('both at work make one stack of it, with one set of passwords, and then neither writes', async () => {
    await cluster.applyStack('acme-shared', {});
    const { metadata } = await cluster.awaitObject(builtIn.secret, 'acme-shared-credentials', () => true);
    await cluster.awaitCondition('acme-shared', 'Ready', 'True');
    await cluster.makeReady('acme-shared', changed);
    await cluster.awaitQuiet(1000);
    expect(await describeObjects(cluster, 'acme-shared')).toEqual(expected);
    expect((await cluster.get(builtIn.secret, 'acme-shared-credentials')).metadata.uid).toBe(metadata.uid);
    const writes = [proxy.writes().length, cluster.requests.length];
    await cluster.awaitQuiet(1000);
    expect([proxy.writes().length, cluster.requests.length]).toEqual(writes);
  });

  test.each([
    ['child', 'deployments/late-service'],
    ['status', 'chatstacks/late/status'],
  ])('a write of a %s that arrives late is taken back', async (_, path) => {
    await cluster.makeReady('late', { service: { image: 'elsewhere/service:1' } });
    await cluster.awaitQuiet(500);
    // The former leader has read the second image when its write is held up; meanwhile the third one is rolled out.
    const gate = Promise.withResolvers<void>();
    const held = proxy.next((each) => each.method === 'PATCH' && each.path.includes(path));
    proxy.fault = (each) => (each.method === 'PATCH' && each.path.includes(path) ? { until: gate.promise } : undefined);
    await cluster.stopOperator();
    await cluster.applyStack('late', { service: { image: 'elsewhere/service:2' } });
    await held;
    proxy.fault = (each) => (each.isWatch ? undefined : 'cut');
    cluster.startOperator();
    await cluster.makeReady('late', { service: { image: 'elsewhere/service:3' } });
    const before = await cluster.get(chatStackResource, 'late');

    const arrived = path.startsWith('chatstacks')
      ? cluster.awaitObject(chatStackResource, 'late', isAnotherVersionThan(before))
      : cluster.awaitObject(builtIn.deployment, 'late-service', (each) => imageOf(each) === 'elsewhere/service:2');
    gate.resolve();
    await arrived;
    await cluster.awaitObject(builtIn.deployment, 'late-service', (each) => imageOf(each) === 'elsewhere/service:3');
    await cluster.awaitCondition('late', 'Ready', 'True');
    await cluster.awaitQuiet(500);
    const after = await cluster.get(chatStackResource, 'late');
    expect(conditionOf(after, 'Ready')).toMatchObject({
      status: 'True',
      observedGeneration: before.metadata.generation,
    });
    expect(imageOf(await cluster.get(builtIn.deployment, 'late-service'))).toBe('elsewhere/service:3');
    proxy.fault = () => undefined;
  });
});
