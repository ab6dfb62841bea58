import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { chatStackResource, labels } from './child-kinds.ts';
import { conditionOf, listEventReasons, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const nothing = { propagationPolicy: 'Background' } as const;

describeWithApiServer('a stack on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'stacks');
  }, 60_000);
  afterAll(() => cluster.close());

  /** Makes a stack and waits until it is Ready. */
  async function makeReady(name: string, spec: object = {}): Promise<KubernetesObject> {
    await cluster.applyStack(name, spec);
    return cluster.awaitCondition(name, 'Ready', 'True');
  }

  const at = (resource: Resource, name: string) => ({ resource, key: { namespace: cluster.namespace, name } });

  const serviceImage = (deployment: KubernetesObject): string =>
    (deployment.spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]
      ?.image ?? '';

  async function jobsOf(stack: string): Promise<KubernetesObject[]> {
    return (await cluster.list(builtIn.job)).filter((job) => job.metadata.labels?.[labels.instance] === stack);
  }

  test('an empty spec becomes a Ready stack: data first, then the migration, then the service', async () => {
    cluster.play.jobs = 'hold';
    await cluster.applyStack('fresh', {});
    const waiting = await cluster.awaitCondition('fresh', 'Progressing', 'True', 'Migrating');
    expect(conditionOf(waiting, 'PostgresReady')?.status).toBe('True');
    expect(conditionOf(waiting, 'Ready')?.status).toBe('False');
    expect((await cluster.list(builtIn.deployment)).map((each) => each.metadata.name)).not.toContain('fresh-service');

    cluster.play.jobs = 'complete';
    const [job] = await jobsOf('fresh');
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
      ],
      endpoints: { service: 'http://fresh-service.stacks.svc:3001' },
    });
    expect(conditionOf(ready, 'Degraded')?.status).toBe('False');
    const reasons = await listEventReasons(cluster, 'fresh');
    expect(reasons).toEqual(expect.arrayContaining(['Created', 'MigrationCompleted', 'Ready']));
    expect(reasons.filter((reason) => reason === 'Ready')).toHaveLength(1);
  }, 60_000);

  test('the passwords are made once and survive a changed spec', async () => {
    await makeReady('secretive');
    const before = await cluster.get(builtIn.secret, 'secretive-credentials');
    expect(Object.keys(before.data as object)).toHaveLength(5);
    await cluster.applyStack('secretive', { pgbouncer: { poolSize: 7 } });
    await cluster.awaitCondition('secretive', 'Ready', 'True');
    const after = await cluster.get(builtIn.secret, 'secretive-credentials');
    expect(after.data).toEqual(before.data);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  }, 60_000);

  test('a Secret that was there before is used and not written to', async () => {
    const data = Object.fromEntries(
      ['postgres', 'service', 'pgbouncer', 'pgbouncer-admin', 'redis'].map((name) => [`${name}-password`, 'b3du']),
    );
    const { resource, key } = at(builtIn.secret, 'given-credentials');
    const made = await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: key, data });
    await makeReady('given');
    const after = await cluster.get(resource, key.name);
    expect(after.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const postgres = await cluster.get(builtIn.statefulSet, 'given-postgres');
    expect(JSON.stringify(postgres.spec)).toContain(made.metadata.uid);
    expect(await listEventReasons(cluster, 'given')).toContain('Adopted');
  }, 60_000);

  test('a Secret that lacks a key stalls the stack and says which', async () => {
    const { resource, key } = at(builtIn.secret, 'partial-credentials');
    await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: key,
      data: { 'postgres-password': 'b3du' },
    });
    await cluster.applyStack('partial', {});
    const stack = await cluster.awaitCondition('partial', 'Degraded', 'True', 'CredentialsIncomplete');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(/without service-password, .*redis-password/);
  }, 60_000);

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
    const key = { namespace: own.namespace, name: 'still-service' };
    await own.client.patch(builtIn.deployment, key, { metadata: { annotations: { 'example.com/seen': 'yes' } } });
    await own.awaitObject(
      builtIn.deployment,
      key.name,
      (each) => each.metadata.annotations?.['example.com/seen'] === 'yes',
    );
    await own.awaitQuiet(1000);
    expect(own.requests).toEqual([]);
    await own.close();
  }, 60_000);

  test('a hand edit of a child is reverted and told', async () => {
    await makeReady('edited');
    const { resource, key } = at(builtIn.deployment, 'edited-service');
    const image = serviceImage(await cluster.get(resource, key.name));
    const edit = { spec: { template: { spec: { containers: [{ name: 'service', image: 'elsewhere/service:1' }] } } } };
    await cluster.client.patch(resource, key, edit);
    await cluster.awaitObject(resource, key.name, (each) => (each.metadata.generation ?? 0) >= 3);
    expect(serviceImage(await cluster.get(resource, key.name))).toBe(image);
    await cluster.awaitCondition('edited', 'Ready', 'True');
    await cluster.awaitQuiet(500);
    expect(await listEventReasons(cluster, 'edited')).toContain('Repaired');
  }, 60_000);

  test('a deleted child is made again', async () => {
    await makeReady('bereft');
    const { resource, key } = at(builtIn.service, 'bereft-redis');
    const { metadata } = await cluster.get(resource, key.name);
    await cluster.client.delete(resource, key);
    await cluster.awaitObject(resource, key.name, (each) => each.metadata.uid !== metadata.uid);
  }, 60_000);

  test('a spec whose pools do not fit is refused with the sum, and its children stay as they are', async () => {
    await makeReady('greedy');
    const before = await cluster.get(builtIn.deployment, 'greedy-pgbouncer');
    await cluster.applyStack('greedy', { pgbouncer: { poolSize: 5000 }, service: { image: 'elsewhere/service:1' } });
    const stack = await cluster.awaitCondition('greedy', 'BudgetFits', 'False');
    for (const [type, status] of [
      ['Ready', 'False'],
      ['Degraded', 'True'],
    ] as const) {
      expect(conditionOf(stack, type)).toMatchObject({ status, reason: 'PlanRefused' });
      expect(conditionOf(stack, type)?.message).toMatch(/expected .*found/s);
    }
    expect(conditionOf(stack, 'ServiceReady')?.status).toBe('True');
    const after = await cluster.get(builtIn.deployment, 'greedy-pgbouncer');
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await cluster.awaitQuiet(300);
    expect(await listEventReasons(cluster, 'greedy')).toContain('PlanRefused');
    await cluster.applyStack('greedy', {});
    await cluster.awaitCondition('greedy', 'Ready', 'True');
  }, 60_000);

  test('a volume that should shrink is refused with both sizes', async () => {
    await makeReady('roomy', { postgres: { storage: { size: '20Gi' } } });
    // Of a changed spec the API server itself refuses it; a stack made again meets the volume that outlived the former one.
    await expect(cluster.applyStack('roomy', { postgres: { storage: { size: '5Gi' } } })).rejects.toThrow(/shrink/);
    await cluster.client.delete(chatStackResource, at(chatStackResource, 'roomy').key);
    await cluster.awaitAbsence(chatStackResource, 'roomy');
    await cluster.applyStack('roomy', { postgres: { storage: { size: '5Gi' } } });
    const stack = await cluster.awaitCondition('roomy', 'Degraded', 'True', 'PlanRefused');
    expect(conditionOf(stack, 'Ready')?.message).toMatch(/at least 20Gi.*found 5Gi/);
    expect(conditionOf(stack, 'BudgetFits')?.status).toBe('True');
  }, 60_000);

  test('a suspended stack is left alone, and goes on when it is no longer suspended', async () => {
    await makeReady('paused');
    await cluster.applyStack('paused', { suspend: true, service: { replicas: 5 } });
    const stack = await cluster.awaitCondition('paused', 'Progressing', 'False', 'Suspended');
    expect(conditionOf(stack, 'Ready')?.status).toBe('Unknown');
    const deployment = await cluster.get(builtIn.deployment, 'paused-service');
    expect((deployment.spec as { replicas: number }).replicas).not.toBe(5);
    await cluster.client.delete(builtIn.service, at(builtIn.service, 'paused-redis').key);
    await cluster.awaitAbsence(builtIn.service, 'paused-redis');

    await cluster.applyStack('paused', { suspend: false, service: { replicas: 5 } });
    await cluster.awaitCondition('paused', 'Ready', 'True');
    const resumed = await cluster.get(builtIn.deployment, 'paused-service');
    expect((resumed.spec as { replicas: number }).replicas).toBe(5);
    await cluster.get(builtIn.service, 'paused-redis');
    expect(await listEventReasons(cluster, 'paused')).toEqual(expect.arrayContaining(['Suspended', 'Resumed']));
  }, 60_000);

  test('volume and passwords follow the deletion policy there and back', async () => {
    const owners = async (resource: Resource, name: string) =>
      ((await cluster.get(resource, name)).metadata.ownerReferences ?? []).map((each) => each.kind);
    await makeReady('mortal');
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual([]);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual([]);
    expect(await owners(builtIn.statefulSet, 'mortal-postgres')).toEqual(['ChatStack']);

    await makeReady('mortal', { deletionPolicy: 'Delete' });
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual(['ChatStack']);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual(['ChatStack']);

    await makeReady('mortal', { deletionPolicy: 'Retain' });
    expect(await owners(builtIn.persistentVolumeClaim, 'mortal-postgres')).toEqual([]);
    expect(await owners(builtIn.secret, 'mortal-credentials')).toEqual([]);
  }, 60_000);

  test('a stack that is made again finds its volume and passwords', async () => {
    await makeReady('lazarus');
    const secret = await cluster.get(builtIn.secret, 'lazarus-credentials');
    const claim = await cluster.get(builtIn.persistentVolumeClaim, 'lazarus-postgres');
    await cluster.client.delete(chatStackResource, at(chatStackResource, 'lazarus').key);
    await cluster.awaitAbsence(chatStackResource, 'lazarus');
    // Nothing collects garbage here: what the stack owned goes by hand.
    for (const resource of [
      builtIn.statefulSet,
      builtIn.deployment,
      builtIn.job,
      builtIn.service,
      builtIn.configMap,
      builtIn.podDisruptionBudget,
    ]) {
      for (const child of await cluster.list(resource)) {
        if (child.metadata.labels?.[labels.instance] !== 'lazarus') continue;
        await cluster.client.delete(resource, at(resource, child.metadata.name).key, nothing);
        await cluster.awaitAbsence(resource, child.metadata.name);
      }
    }
    await makeReady('lazarus');
    expect((await cluster.get(builtIn.secret, 'lazarus-credentials')).data).toEqual(secret.data);
    expect((await cluster.get(builtIn.persistentVolumeClaim, 'lazarus-postgres')).metadata.uid).toBe(
      claim.metadata.uid,
    );
    expect(await listEventReasons(cluster, 'lazarus')).toContain('Adopted');
  }, 60_000);

  test('another image is migrated to by another Job before the service rolls', async () => {
    await makeReady('moving');
    const [first] = await jobsOf('moving');
    cluster.play.jobs = 'hold';
    await cluster.applyStack('moving', { service: { image: 'elsewhere/service:2' } });
    const stack = await cluster.awaitCondition('moving', 'Progressing', 'True', 'Migrating');
    expect(conditionOf(stack, 'ServiceReady')?.status).toBe('False');
    const jobs = await jobsOf('moving');
    expect(jobs).toHaveLength(2);
    const second = jobs.find((job) => job.metadata.name !== first?.metadata.name);
    expect(serviceImage(second as KubernetesObject)).toBe('elsewhere/service:2');
    const before = await cluster.get(builtIn.deployment, 'moving-service');
    expect(serviceImage(before)).not.toBe('elsewhere/service:2');

    cluster.play.jobs = 'complete';
    await cluster.client.patch(builtIn.job, at(builtIn.job, second?.metadata.name ?? '').key, {
      metadata: { labels: { nudge: 'x' } },
    });
    await cluster.awaitCondition('moving', 'Ready', 'True');
    expect(serviceImage(await cluster.get(builtIn.deployment, 'moving-service'))).toBe('elsewhere/service:2');
  }, 60_000);

  test('a failed migration keeps the running service, says where to look, and is tried again when its Job is deleted', async () => {
    await makeReady('unlucky');
    cluster.play.jobs = 'fail';
    await cluster.applyStack('unlucky', { service: { image: 'elsewhere/service:3' } });
    const stack = await cluster.awaitCondition('unlucky', 'MigrationComplete', 'False', 'Failed');
    expect(conditionOf(stack, 'MigrationComplete')?.message).toMatch(
      /BackoffLimitExceeded.*kubectl logs job\/unlucky-migrate-/,
    );
    expect(conditionOf(stack, 'Degraded')).toMatchObject({ status: 'True', reason: 'MigrationFailed' });
    expect(serviceImage(await cluster.get(builtIn.deployment, 'unlucky-service'))).not.toBe('elsewhere/service:3');

    cluster.play.jobs = 'complete';
    const failed = (await jobsOf('unlucky')).find((job) => JSON.stringify(job.status).includes('BackoffLimitExceeded'));
    await cluster.client.delete(builtIn.job, at(builtIn.job, failed?.metadata.name ?? '').key, nothing);
    await cluster.awaitCondition('unlucky', 'Ready', 'True');
    expect(serviceImage(await cluster.get(builtIn.deployment, 'unlucky-service'))).toBe('elsewhere/service:3');
    expect(await listEventReasons(cluster, 'unlucky')).toContain('MigrationFailed');
  }, 60_000);

  test('Jobs of former versions are kept for their logs, and no more than three', async () => {
    for (const version of [1, 2, 3, 4, 5, 6])
      await makeReady('chronicler', { service: { image: `elsewhere/service:${version}` } });
    await cluster.awaitQuiet(300);
    expect((await jobsOf('chronicler')).filter((job) => job.metadata.deletionTimestamp === undefined)).toHaveLength(4);
  }, 90_000);

  test('a child of somebody else stalls the stack and names its owner', async () => {
    const { resource, key } = at(builtIn.configMap, 'squatter-redis');
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'their-app',
      uid: '11111111-1111-1111-1111-111111111111',
      controller: true,
    };
    await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...key, ownerReferences: [owner] },
      data: { theirs: 'yes' },
    });
    await cluster.applyStack('squatter', {});
    const stack = await cluster.awaitCondition('squatter', 'Degraded', 'True', 'ObjectNotOurs');
    expect(conditionOf(stack, 'Degraded')?.message).toContain('Deployment their-app');
    expect((await cluster.get(resource, key.name)).data).toEqual({ theirs: 'yes' });
  }, 60_000);

  test('an external Postgres waits for its Secret, says how to make it, and goes on when it is there', async () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'their-login' } };
    await cluster.applyStack('outside', { postgres: { mode: 'External', external } });
    const stack = await cluster.awaitCondition('outside', 'Degraded', 'True', 'SecretMissing');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(
      /expected Secret their-login in namespace stacks with the keys username and password, found no Secret.*kubectl create secret/,
    );
    expect((await cluster.list(builtIn.deployment)).map((each) => each.metadata.name)).not.toContain('outside-redis');

    const { resource, key } = at(builtIn.secret, 'their-login');
    const data = { username: 'Y2hhdA==', password: 'b3du' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: key, data });
    const ready = await cluster.awaitCondition('outside', 'Ready', 'True');
    expect((ready.status as { components: { name: string }[] }).components.map(({ name }) => name)).not.toContain(
      'postgres',
    );
    expect((await cluster.list(builtIn.statefulSet)).map((each) => each.metadata.name)).not.toContain(
      'outside-postgres',
    );
  }, 60_000);

  test('a child that a former version made goes when the service has rolled out, one of somebody else stays', async () => {
    const { metadata } = await makeReady('upgraded');
    const { resource, key } = at(builtIn.configMap, 'upgraded-former');
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
    expect(await listEventReasons(cluster, 'upgraded')).toContain('Pruned');
  }, 60_000);

  test('two stacks of a namespace do not touch each other', async () => {
    await Promise.all([makeReady('left'), makeReady('right')]);
    const before = await cluster.get(builtIn.deployment, 'right-service');
    await makeReady('left', { service: { replicas: 4 } });
    await cluster.client.delete(chatStackResource, at(chatStackResource, 'left').key);
    await cluster.awaitAbsence(chatStackResource, 'left');
    await cluster.awaitQuiet(300);
    const after = await cluster.get(builtIn.deployment, 'right-service');
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(conditionOf(await cluster.get(chatStackResource, 'right'), 'Ready')?.status).toBe('True');
  }, 60_000);

  test('a stack whose pods can not start is not Ready', async () => {
    cluster.play.stuck.add('limping-redis');
    await cluster.applyStack('limping', {});
    const stack = await cluster.awaitCondition('limping', 'ServiceReady', 'True');
    expect(conditionOf(stack, 'RedisReady')?.status).toBe('False');
    expect(conditionOf(stack, 'Ready')?.status).toBe('False');
    cluster.play.stuck.delete('limping-redis');
    const { resource, key } = at(builtIn.deployment, 'limping-redis');
    await cluster.client.patch(resource, key, { metadata: { annotations: { nudge: 'x' } } });
    await cluster.awaitCondition('limping', 'Ready', 'True');
  }, 60_000);

  test('a stack that is being deleted is not made again', async () => {
    await makeReady('leaving');
    const { resource, key } = at(chatStackResource, 'leaving');
    await cluster.client.patch(resource, key, { metadata: { finalizers: ['example.com/hold'] } });
    await cluster.client.delete(resource, key);
    await cluster.awaitObject(resource, 'leaving', (each) => each.metadata.deletionTimestamp !== undefined);
    await cluster.client.delete(builtIn.service, at(builtIn.service, 'leaving-redis').key);
    await cluster.awaitAbsence(builtIn.service, 'leaving-redis');
    await cluster.awaitQuiet(500);
    expect((await cluster.list(builtIn.service)).map((each) => each.metadata.name)).not.toContain('leaving-redis');
    await cluster.client.patch(resource, key, { metadata: { finalizers: [] } });
  }, 60_000);
});
