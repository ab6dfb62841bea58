import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { startTestingProxy, type TestingProxy } from '../runtime/testing-proxy.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource } from './child-kinds.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

describeWithApiServer('what a stack costs the API server', (server) => {
  let proxy: TestingProxy;
  let cluster: TestCluster;

  beforeAll(async () => {
    proxy = await startTestingProxy(server());
    cluster = await openTestCluster(server(), 'frugal', { connection: connectPlainly(proxy.url) });
  });
  afterAll(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  test('a new one: a write for each child and three more, until it is Ready', async () => {
    await cluster.awaitQuiet(500);
    proxy.seen.length = 0;
    await cluster.makeReady('second');
    await cluster.awaitQuiet(500);
    const sent = proxy.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    const children = sent.filter((each) => !/\/(events|second\/status)$/.test(each));
    // Nothing is read, nothing is written twice.
    expect(children.filter((each) => each.startsWith('GET'))).toEqual([]);
    // Both Secrets are made, by a POST to where all of them are.
    const [secrets, others] = [true, false].map((isSecret) =>
      children.filter((each) => each.endsWith('/secrets') === isSecret),
    );
    expect(secrets).toHaveLength(2);
    expect(new Set(others).size).toBe(others?.length);
    expect(children.length).toBeGreaterThan(10);
    expect(sent.length - children.length).toBeLessThanOrEqual(3);
  });

  test('an idle one that reads Secrets of somebody else: that it has seen another version of one, until its data change', async () => {
    const { resource, key } = cluster.at(builtIn.secret, 'their-login');
    const data = { username: 'Y2hhdA==', password: 'b3du' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, data });
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'their-login' } };
    await cluster.makeReady('outside', { postgres: { mode: 'External', external } });
    await cluster.awaitQuiet(500);
    proxy.seen.length = 0;
    const before = await cluster.get(builtIn.deployment, 'outside-service');
    const revisionOf = (stack: KubernetesObject) => (stack.status as StackStatus | undefined)?.postgresServer?.revision;
    const known = revisionOf(await cluster.get(chatStackResource, 'outside'));
    await cluster.client.patch(resource, key, { metadata: { annotations: { note: 'the same passwords' } } });
    await cluster.awaitObject(chatStackResource, 'outside', (stack) => revisionOf(stack) !== known);
    await cluster.awaitQuiet(500);
    const sent = proxy.seen
      .filter((each) => !each.isWatch)
      .map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    expect(sent).toEqual(['PATCH /apis/chatstack.dev/v1alpha1/namespaces/frugal/chatstacks/outside/status']);
    await cluster.client.patch(resource, key, { data: { password: 'bmV3' } });
    await cluster.awaitObject(
      builtIn.deployment,
      'outside-service',
      (each) => (each.metadata.generation ?? 0) > (before.metadata.generation ?? 0),
    );
  });

  test('the watch of such a Secret ends with the last stack that reads it', async () => {
    const ended = proxy.nextClosedWatch();
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'outside').key);
    await ended;
  });
});
