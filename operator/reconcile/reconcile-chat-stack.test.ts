import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { chatStackResource, labels } from './child-kinds.ts';
import {
  conditionOf,
  imageOf,
  listEventReasons,
  listJobs,
  openTestCluster,
  type TestCluster,
} from './testing/test-cluster.ts';

const nothing = { propagationPolicy: 'Background' } as const;

describeWithApiServer('a stack on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'stacks');
  });
  afterAll(() => cluster.close());

  test('an empty spec becomes a Ready stack: data first, then the migration, then the service', async () => {
    cluster.play.jobs = 'hold';
    await cluster.applyStack('fresh', {});
    const waiting = await cluster.awaitCondition('fresh', 'Progressing', 'True', 'Migrating');
    expect(conditionOf(waiting, 'PostgresReady')?.status).toBe('True');
    expect(conditionOf(waiting, 'Ready')?.status).toBe('False');
    expect((await cluster.list(builtIn.deployment)).map((each) => each.metadata.name)).not.toContain('fresh-service');

    cluster.play.jobs = 'complete';
    const [job] = await listJobs(cluster, 'fresh');
    await cluster.client.patch(
      builtIn.job,
      { namespace: cluster.namespace, name: job?.metadata.name ?? '' },
      { metadata: { labels: { nudge: 'x' } } },
    );
    const ready = await cluster.awaitCondition('fresh', 'Ready', 'True');
    expect(ready.status).toMatchObject({
      observedGeneration: 1,
      components: [
        { name: 'postgres', ready: 1, desired: 1 },
        { name: 'pgbouncer', ready: 2, desired: 2 },
        { name: 'redis', ready: 1, desired: 1 },
        { name: 'service' },
        { name: 'exporters' },
        { name: 'prometheus' },
        { name: 'grafana' },
      ],
      endpoints: { service: 'http://fresh-service.stacks.svc:3001' },
    });
    expect(conditionOf(ready, 'Degraded')?.status).toBe('False');
    await cluster.awaitEvents('fresh', 'Ready');
    expect(await listEventReasons(cluster, 'fresh')).not.toContain('Created');
  });

  test('the passwords are made once and survive a changed spec', async () => {
    await cluster.makeReady('secretive');
    const before = await cluster.get(builtIn.secret, 'secretive-credentials');
    expect(Object.keys(before.data as object)).toHaveLength(5);
    await cluster.applyStack('secretive', { pgbouncer: { poolSize: 7 } });
    await cluster.awaitCondition('secretive', 'Ready', 'True');
    const after = await cluster.get(builtIn.secret, 'secretive-credentials');
    expect(after.data).toEqual(before.data);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('a Secret that was there before is used and not written to', async () => {
    const data = Object.fromEntries(
      ['postgres', 'service', 'pgbouncer', 'pgbouncer-admin', 'redis'].map((name) => [`${name}-password`, 'b3du']),
    );
    const { resource, key } = cluster.at(builtIn.secret, 'given-credentials');
    const made = await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...key },
      data,
    });
    await cluster.makeReady('given');
    const after = await cluster.get(resource, key.name);
    expect(after.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const postgres = await cluster.get(builtIn.statefulSet, 'given-postgres');
    expect(JSON.stringify(postgres.spec)).toContain(made.metadata.uid);
    await cluster.awaitEvents('given', 'Adopted');
  });

  test("a child that was there before and is nobody's is adopted, and that is told", async () => {
    const { resource, key } = cluster.at(builtIn.configMap, 'finder-redis');
    await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...key },
      data: { theirs: 'kept' },
    });
    const { metadata } = await cluster.makeReady('finder');
    const adopted = await cluster.get(resource, key.name);
    expect(adopted.data).toMatchObject({ theirs: 'kept', 'redis.conf': expect.any(String) });
    expect(adopted.metadata.ownerReferences?.[0]?.uid).toBe(metadata.uid);
    await cluster.awaitEvents('finder', 'Adopted');
  });

  test('an unchanged stack costs no request, and the start of an operator no write', async () => {
    const own = await openTestCluster(server(), 'unchanged');
    await own.applyStack('still', {});
    await own.awaitCondition('still', 'Ready', 'True');
    await own.awaitQuiet(700);
    await own.stopOperator();
    own.requests.length = 0;
    own.startOperator();
    await own.awaitQuiet(1500);
    expect(own.requests.filter((method) => method !== 'GET')).toEqual([]);

    own.requests.length = 0;
    // Not of a Deployment: its generation counts annotations, so that its controller has to confirm it anew.
    const key = { namespace: own.namespace, name: 'still-postgres' };
    await own.client.patch(builtIn.statefulSet, key, { metadata: { annotations: { 'example.com/seen': 'yes' } } });
    await own.awaitObject(
      builtIn.statefulSet,
      key.name,
      (each) => each.metadata.annotations?.['example.com/seen'] === 'yes',
    );
    await own.awaitQuiet(1000);
    expect(own.requests).toEqual([]);
    await own.close();
  });

  test('a hand edit of a child is reverted and told', async () => {
    await cluster.makeReady('edited');
    const { resource, key } = cluster.at(builtIn.deployment, 'edited-service');
    const image = imageOf(await cluster.get(resource, key.name));
    const edit = { spec: { template: { spec: { containers: [{ name: 'service', image: 'elsewhere/service:1' }] } } } };
    await cluster.client.patch(resource, key, edit);
    await cluster.awaitObject(resource, key.name, (each) => (each.metadata.generation ?? 0) >= 3);
    expect(imageOf(await cluster.get(resource, key.name))).toBe(image);
    await cluster.awaitCondition('edited', 'Ready', 'True');
    await cluster.awaitEvents('edited', 'Repaired');
  });

  test('a deleted child is made again', async () => {
    await cluster.makeReady('bereft');
    const { resource, key } = cluster.at(builtIn.service, 'bereft-redis');
    const { metadata } = await cluster.get(resource, key.name);
    await cluster.client.delete(resource, key);
    await cluster.awaitObject(resource, key.name, (each) => each.metadata.uid !== metadata.uid);
    await cluster.awaitEvents('bereft', 'Created');
  });

  test('volume and passwords follow the deletion policy there and back', async () => {
    const owners = async (resource: Resource, name: string) =>
      ((await cluster.get(resource, name)).metadata.ownerReferences ?? []).map((each) => each.kind);
    await cluster.makeReady('mortal');
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual([]);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual([]);
    expect(await owners(builtIn.statefulSet, 'mortal-postgres')).toEqual(['ChatStack']);

    await cluster.makeReady('mortal', { deletionPolicy: 'Delete' });
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual(['ChatStack']);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual(['ChatStack']);

    await cluster.makeReady('mortal', { deletionPolicy: 'Retain' });
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual([]);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual([]);
  });

  test('a stack that is made again finds its volume and passwords', async () => {
    await cluster.makeReady('lazarus');
    const secret = await cluster.get(builtIn.secret, 'lazarus-credentials');
    const claim = await cluster.get(builtIn.persistentVolumeClaim, 'lazarus-postgres');
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'lazarus').key);
    await cluster.awaitAbsence(chatStackResource, 'lazarus');
    // Nothing collects garbage here: what the stack owned goes by hand.
    for (const resource of [
      builtIn.statefulSet,
      builtIn.deployment,
      builtIn.job,
      builtIn.service,
      builtIn.configMap,
      builtIn.podDisruptionBudget,
      builtIn.networkPolicy,
    ]) {
      for (const child of await cluster.list(resource)) {
        if (child.metadata.labels?.[labels.instance] !== 'lazarus') continue;
        await cluster.client.delete(resource, cluster.at(resource, child.metadata.name).key, nothing);
        await cluster.awaitAbsence(resource, child.metadata.name);
      }
    }
    await cluster.makeReady('lazarus');
    expect((await cluster.get(builtIn.secret, 'lazarus-credentials')).data).toEqual(secret.data);
    expect((await cluster.get(builtIn.persistentVolumeClaim, 'lazarus-postgres')).metadata.uid).toBe(
      claim.metadata.uid,
    );
    await cluster.awaitEvents('lazarus', 'Adopted');
  });

  test('another image is migrated to by another Job before the service rolls', async () => {
    await cluster.makeReady('moving');
    const [first] = await listJobs(cluster, 'moving');
    cluster.play.jobs = 'hold';
    await cluster.applyStack('moving', { service: { image: 'elsewhere/service:2' } });
    const stack = await cluster.awaitCondition('moving', 'Progressing', 'True', 'Migrating');
    expect(conditionOf(stack, 'ServiceReady')?.status).toBe('False');
    const jobs = await listJobs(cluster, 'moving');
    expect(jobs).toHaveLength(2);
    const second = jobs.find((job) => job.metadata.name !== first?.metadata.name);
    expect(imageOf(second as KubernetesObject)).toBe('elsewhere/service:2');
    const before = await cluster.get(builtIn.deployment, 'moving-service');
    expect(imageOf(before)).not.toBe('elsewhere/service:2');

    cluster.play.jobs = 'complete';
    await cluster.client.patch(builtIn.job, cluster.at(builtIn.job, second?.metadata.name ?? '').key, {
      metadata: { labels: { nudge: 'x' } },
    });
    await cluster.awaitCondition('moving', 'Ready', 'True');
    expect(imageOf(await cluster.get(builtIn.deployment, 'moving-service'))).toBe('elsewhere/service:2');
  });

  test('Jobs of former versions are kept for their logs, and no more than three', async () => {
    for (const version of [1, 2, 3, 4, 5, 6])
      await cluster.makeReady('chronicler', { service: { image: `elsewhere/service:${version}` } });
    await cluster.awaitQuiet(300);
    expect(
      (await listJobs(cluster, 'chronicler')).filter((job) => job.metadata.deletionTimestamp === undefined),
    ).toHaveLength(4);
  });

  test('a child that a former version made goes when the service has rolled out, one of somebody else stays', async () => {
    const { metadata } = await cluster.makeReady('upgraded');
    const { resource, key } = cluster.at(builtIn.configMap, 'upgraded-former');
    const marks = { [labels.instance]: 'upgraded', [labels.managedBy]: 'chatstack-operator' };
    const { apiVersion, kind } = chatStackResource;
    const ownerReferences = [{ apiVersion, kind, name: 'upgraded', uid: metadata.uid ?? '', controller: true }];
    const make = (name: string, more: object) =>
      cluster.client.create(resource, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...key, name, labels: marks, ...more },
      });
    await make('upgraded-theirs', {});
    await make('upgraded-former', { ownerReferences });
    await cluster.awaitAbsence(resource, 'upgraded-former');
    await cluster.get(resource, 'upgraded-theirs');
    await cluster.awaitEvents('upgraded', 'Pruned');
  });

  test('two stacks of a namespace do not touch each other', async () => {
    await Promise.all([cluster.makeReady('left'), cluster.makeReady('right')]);
    const before = await cluster.get(builtIn.deployment, 'right-service');
    await cluster.makeReady('left', { service: { replicas: 4 } });
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'left').key);
    await cluster.awaitAbsence(chatStackResource, 'left');
    await cluster.awaitQuiet(300);
    const after = await cluster.get(builtIn.deployment, 'right-service');
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(conditionOf(await cluster.get(chatStackResource, 'right'), 'Ready')?.status).toBe('True');
  });

  test('a stack that is being deleted is not made again', async () => {
    await cluster.makeReady('leaving');
    const { resource, key } = cluster.at(chatStackResource, 'leaving');
    await cluster.client.patch(resource, key, { metadata: { finalizers: ['example.com/hold'] } });
    await cluster.client.delete(resource, key);
    await cluster.awaitObject(resource, 'leaving', (each) => each.metadata.deletionTimestamp !== undefined);
    await cluster.client.delete(builtIn.service, cluster.at(builtIn.service, 'leaving-redis').key);
    await cluster.awaitAbsence(builtIn.service, 'leaving-redis');
    await cluster.awaitQuiet(500);
    expect((await cluster.list(builtIn.service)).map((each) => each.metadata.name)).not.toContain('leaving-redis');
    await cluster.client.patch(resource, key, { metadata: { finalizers: [] } });
  });
});
