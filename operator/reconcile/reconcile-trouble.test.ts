import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource } from './child-kinds.ts';
import { conditionOf, imageOf, listJobs, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const nothing = { propagationPolicy: 'Background' } as const;

describeWithApiServer('a stack in trouble on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'troubles');
  });
  afterAll(() => cluster.close());

  test('a Secret that lacks a key stalls the stack and says which, until it has it', async () => {
    const { resource, key } = cluster.at(builtIn.secret, 'partial-credentials');
    await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...key },
      data: { 'postgres-password': 'b3du' },
    });
    await cluster.applyStack('partial', {});
    const stack = await cluster.awaitCondition('partial', 'Degraded', 'True', 'CredentialsIncomplete');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(/without service-password, .*redis-password/);
    const names = ['service', 'pgbouncer', 'pgbouncer-admin', 'redis'];
    const data = Object.fromEntries(names.map((name) => [`${name}-password`, 'b3du']));
    await cluster.client.patch(resource, key, { data });
    await cluster.awaitCondition('partial', 'Ready', 'True');
  });

  test('a spec whose pools do not fit is refused with the sum, and its children stay as they are', async () => {
    await cluster.makeReady('greedy');
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
    await cluster.awaitEvents('greedy', 'PlanRefused');
    await cluster.applyStack('greedy', {});
    await cluster.awaitCondition('greedy', 'Ready', 'True');
  });

  test('a volume that should shrink is refused with both sizes', async () => {
    await cluster.makeReady('roomy', { postgres: { storage: { size: '20Gi' } } });
    // Of a changed spec the API server itself refuses it; a stack made again meets the volume that outlived the former one.
    await expect(cluster.applyStack('roomy', { postgres: { storage: { size: '5Gi' } } })).rejects.toThrow(/shrink/);
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'roomy').key);
    await cluster.awaitAbsence(chatStackResource, 'roomy');
    await cluster.applyStack('roomy', { postgres: { storage: { size: '5Gi' } } });
    const stack = await cluster.awaitCondition('roomy', 'Degraded', 'True', 'PlanRefused');
    expect(conditionOf(stack, 'Ready')?.message).toMatch(/at least 20Gi.*found 5Gi/);
    expect(conditionOf(stack, 'BudgetFits')?.status).toBe('True');
  });

  test('a suspended stack is left alone, and goes on when it is no longer suspended', async () => {
    await cluster.makeReady('paused');
    await cluster.applyStack('paused', { suspend: true, service: { replicas: 5 } });
    const stack = await cluster.awaitCondition('paused', 'Progressing', 'False', 'Suspended');
    expect(conditionOf(stack, 'Ready')?.status).toBe('Unknown');
    const deployment = await cluster.get(builtIn.deployment, 'paused-service');
    expect((deployment.spec as { replicas: number }).replicas).not.toBe(5);
    await cluster.client.delete(builtIn.service, cluster.at(builtIn.service, 'paused-redis').key);
    await cluster.awaitAbsence(builtIn.service, 'paused-redis');

    await cluster.applyStack('paused', { suspend: false, service: { replicas: 5 } });
    await cluster.awaitCondition('paused', 'Ready', 'True');
    const resumed = await cluster.get(builtIn.deployment, 'paused-service');
    expect((resumed.spec as { replicas: number }).replicas).toBe(5);
    await cluster.get(builtIn.service, 'paused-redis');
    await cluster.awaitEvents('paused', 'Suspended', 'Resumed');
  });

  test('a failed migration keeps the running service, says where to look, and is tried again when its Job is deleted', async () => {
    await cluster.makeReady('unlucky');
    cluster.play.jobs = 'fail';
    await cluster.applyStack('unlucky', { service: { image: 'elsewhere/service:3' } });
    const stack = await cluster.awaitCondition('unlucky', 'MigrationComplete', 'False', 'Failed');
    expect(conditionOf(stack, 'MigrationComplete')?.message).toMatch(
      /BackoffLimitExceeded.*kubectl logs job\/unlucky-migrate-/,
    );
    expect(conditionOf(stack, 'Degraded')).toMatchObject({ status: 'True', reason: 'MigrationFailed' });
    expect(imageOf(await cluster.get(builtIn.deployment, 'unlucky-service'))).not.toBe('elsewhere/service:3');

    cluster.play.jobs = 'complete';
    const failed = (await listJobs(cluster, 'unlucky')).find((job) =>
      JSON.stringify(job.status).includes('BackoffLimitExceeded'),
    );
    await cluster.client.delete(builtIn.job, cluster.at(builtIn.job, failed?.metadata.name ?? '').key, nothing);
    await cluster.awaitCondition('unlucky', 'Ready', 'True');
    expect(imageOf(await cluster.get(builtIn.deployment, 'unlucky-service'))).toBe('elsewhere/service:3');
    await cluster.awaitEvents('unlucky', 'MigrationFailed');
  });

  test('a child of somebody else stalls the stack and names its owner', async () => {
    const { resource, key } = cluster.at(builtIn.configMap, 'squatter-redis');
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
  });

  test('an external Postgres waits for its Secret, says how to make it, and goes on when it is there', async () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'their-login' } };
    await cluster.applyStack('outside', { postgres: { mode: 'External', external } });
    const stack = await cluster.awaitCondition('outside', 'Degraded', 'True', 'SecretMissing');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(
      /expected Secret their-login in namespace troubles with the keys username and password, found no Secret.*kubectl create secret/,
    );
    expect((await cluster.list(builtIn.deployment)).map((each) => each.metadata.name)).not.toContain('outside-redis');

    const { resource, key } = cluster.at(builtIn.secret, 'their-login');
    const data = { username: 'Y2hhdA==', password: 'b3du' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, data });
    const ready = await cluster.awaitCondition('outside', 'Ready', 'True');
    expect((ready.status as { components: { name: string }[] }).components.map(({ name }) => name)).not.toContain(
      'postgres',
    );
    expect((await cluster.list(builtIn.statefulSet)).map((each) => each.metadata.name)).not.toContain(
      'outside-postgres',
    );
  });

  test('tokens that are checked with a Secret wait for it, and another one rolls the service alone', async () => {
    const secretRef = { name: 'issuer', key: 'secret' };
    const service = { auth: { mode: 'JWT', issuer: 'a', audience: 'b', secretRef } };
    await cluster.applyStack('guarded', { service });
    const missing = await cluster.awaitCondition('guarded', 'Degraded', 'True', 'SecretMissing');
    expect(conditionOf(missing, 'Degraded')?.message).toMatch(
      /spec.service.auth.secretRef: expected Secret issuer .* with the key secret, found no Secret.*kubectl create secret/,
    );

    const { resource, key } = cluster.at(builtIn.secret, 'issuer');
    const data = (text: string) => ({ secret: Buffer.from(text).toString('base64') });
    await cluster.client.create(resource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...key },
      data: data('short'),
    });
    const short = await cluster.awaitObject(chatStackResource, 'guarded', (stack) =>
      /found 5/.test(conditionOf(stack, 'Degraded')?.message ?? ''),
    );
    expect(conditionOf(short, 'Degraded')?.message).toMatch(/of at least 32 bytes, found 5. .*openssl rand/);

    await cluster.client.patch(resource, key, { data: data('a'.repeat(32)) });
    await cluster.awaitCondition('guarded', 'Ready', 'True');
    const templates = async () => {
      const [service, pooler] = await Promise.all([
        cluster.get(builtIn.deployment, 'guarded-service'),
        cluster.get(builtIn.deployment, 'guarded-pgbouncer'),
      ]);
      return { service: service.metadata.generation, pooler: pooler.metadata.generation };
    };
    const before = await templates();
    await cluster.client.patch(resource, key, { data: data('b'.repeat(32)) });
    // A changed stack has its Secret read at once.
    await cluster.applyStack('guarded', { service, redis: { maxMemory: '96Mi' } });
    await cluster.awaitCondition('guarded', 'Ready', 'True');
    const after = await templates();
    expect(after.service).toBeGreaterThan(before.service ?? 0);
    expect(after.pooler).toBe(before.pooler);
  });

  test('an external Redis waits for its Secret, and then a stack without one of its own is Ready', async () => {
    const external = { host: 'redis.example', secretRef: { name: 'their-cache' } };
    await cluster.applyStack('cached', { redis: { mode: 'External', external } });
    const missing = await cluster.awaitCondition('cached', 'Degraded', 'True', 'SecretMissing');
    expect(conditionOf(missing, 'Degraded')?.message).toContain(
      'spec.redis.external.secretRef: expected Secret their-cache',
    );
    const { resource, key } = cluster.at(builtIn.secret, 'their-cache');
    const data = { password: 'b3du' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, data });
    const ready = await cluster.awaitCondition('cached', 'Ready', 'True');
    expect(conditionOf(ready, 'RedisReady')).toMatchObject({ status: 'True', reason: 'External' });
    expect((await cluster.list(builtIn.deployment)).map((each) => each.metadata.name)).not.toContain('cached-redis');
  });

  test('a Redis of the redis-operator waits until the cluster serves its kind, and says what to install', async () => {
    await cluster.applyStack('replicated', { redis: { mode: 'Opstree' } });
    const stack = await cluster.awaitCondition('replicated', 'Degraded', 'True', 'KindMissing');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(
      /spec.redis.mode: .*RedisReplication.*Install the redis-operator/,
    );
  });

  test('a migration that failed with a wrong password is tried again when the Secret has another one', async () => {
    const { resource, key } = cluster.at(builtIn.secret, 'mistyped-login');
    const data = { username: 'Y2hhdA==', password: 'd3Jvbmc=' };
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, data });
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'mistyped-login' } };
    const postgres = { mode: 'External', external };
    cluster.play.jobs = 'fail';
    await cluster.applyStack('mistyped', { postgres });
    await cluster.awaitCondition('mistyped', 'MigrationComplete', 'False', 'Failed');
    const [failed] = await listJobs(cluster, 'mistyped');

    cluster.play.jobs = 'complete';
    await cluster.client.patch(resource, key, { data: { password: 'cmlnaHQ=' } });
    await cluster.awaitCondition('mistyped', 'Ready', 'True');
    const [succeeded] = await listJobs(cluster, 'mistyped');
    expect(succeeded?.metadata.name).toBe(failed?.metadata.name);
    expect(succeeded?.metadata.uid).not.toBe(failed?.metadata.uid);
    await cluster.awaitEvents('mistyped', 'MigrationRetried');
  });

  test('a stack whose pods can not start is not Ready', async () => {
    cluster.play.stuck.add('limping-redis');
    await cluster.applyStack('limping', {});
    const stack = await cluster.awaitCondition('limping', 'ServiceReady', 'True');
    expect(conditionOf(stack, 'RedisReady')?.status).toBe('False');
    expect(conditionOf(stack, 'Ready')?.status).toBe('False');
    cluster.play.stuck.delete('limping-redis');
    const { resource, key } = cluster.at(builtIn.deployment, 'limping-redis');
    await cluster.client.patch(resource, key, { metadata: { annotations: { nudge: 'x' } } });
    await cluster.awaitCondition('limping', 'Ready', 'True');
  });
});
