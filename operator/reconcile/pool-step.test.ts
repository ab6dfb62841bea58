import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { buildTestIni, type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import { builtIn } from '../runtime/resource.ts';
import { configAnnotation } from './child-kinds.ts';
import { summarizeUnverified } from './pool-step.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

describe('poolers that are not up to date', () => {
  const different = {
    pod: 'a',
    outcome: { kind: 'different', differences: [{ name: 'default_pool_size', expected: '40', found: '20' }] },
  } as const;
  const unreachable = { pod: 'b', outcome: { kind: 'unreachable', reason: 'ECONNREFUSED' } } as const;

  test.each([
    ['one that has the former file is looked at again soon', [different], 1, 'PoolReloading', 500],
    ['one that keeps it for long is looked at seldom', [different], 61, 'PoolReloading', 5000],
    ['one that can not be reached is looked at seldom', [unreachable], 1, 'PoolerUnreachable', 5000],
    ['one that can not be reached holds up no other', [unreachable, different], 1, 'PoolReloading', 500],
  ])('%s', (_, unverified, attempts, reason, afterMilliseconds) => {
    expect(summarizeUnverified(unverified, attempts)).toMatchObject({ kind: 'waiting', reason, afterMilliseconds });
  });

  test('what differs is told for each pod', () => {
    expect(summarizeUnverified([different, unreachable], 1)).toMatchObject({
      message:
        'pod a does not run the planned settings yet: default_pool_size is 20, planned 40; ' +
        'the admin console of pod b could not be asked: ECONNREFUSED',
    });
  });
});

describeWithApiServer('a changed pool size and a PgBouncer that runs', (server) => {
  const poolSize = (size: string): string => `default_pool_size = ${size}`;
  let pooler: PgbouncerEngine;
  let cluster: TestCluster;

  beforeAll(async () => {
    const admin = { user: 'chatstack_admin', password: 'known' };
    // The role of the kubelet and the pod network: one pooler on this machine, whatever address and password the stack has.
    pooler = await startPgbouncer({ admin, settings: { default_pool_size: 1 } });
    cluster = await openTestCluster(server(), 'pools', {
      reload: (target, expected) =>
        reloadUntilEqual(
          { ...target, port: pooler.port, password: admin.password },
          { default_pool_size: expected.default_pool_size ?? '' },
        ),
    });
  });
  afterAll(async () => {
    await cluster.close();
    await pooler.stop();
  });

  /** What the kubelet does when the annotation of a pod changes: the mounted file becomes that of the ConfigMap. */
  async function syncFile(stack: string): Promise<void> {
    const { data } = await cluster.get(builtIn.configMap, `${stack}-pgbouncer`);
    const planned =
      /default_pool_size\s*=\s*(\d+)/.exec((data as Record<string, string>)['pgbouncer.ini'] ?? '')?.[1] ?? '';
    const file = join(pooler.folder, 'pgbouncer.ini');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/default_pool_size = \d+/, poolSize(planned)));
  }

  test('reaches the same process by RELOAD, and the stack is not Ready before', async () => {
    expect(buildTestIni(pooler, { settings: { default_pool_size: 1 } }, 'x')).toContain(poolSize('1'));
    await cluster.applyStack('pooled', { pgbouncer: { poolSize: 11 } });
    await cluster.awaitCondition('pooled', 'ServiceReady', 'True');
    await cluster.addPod('pooled', 'pgbouncer', 'pooled-pgbouncer-a');
    const stack = await cluster.awaitCondition('pooled', 'PgbouncerReady', 'False', 'PoolReloading');
    expect(conditionOf(stack, 'PgbouncerReady')?.message).toContain('default_pool_size is 1, planned 11');
    expect(conditionOf(stack, 'Ready')?.status).toBe('False');
    await cluster.awaitObject(
      builtIn.pod,
      'pooled-pgbouncer-a',
      (pod) => pod.metadata.annotations?.[configAnnotation] !== undefined,
    );

    const { pid } = pooler;
    await syncFile('pooled');
    await cluster.awaitCondition('pooled', 'Ready', 'True');
    expect(pooler.pid).toBe(pid);
    await cluster.awaitEvents('pooled', 'PoolResized');
  });

  test('changes no pod template, so nothing restarts', async () => {
    const before = await cluster.get(builtIn.deployment, 'pooled-pgbouncer');
    await cluster.applyStack('pooled', { pgbouncer: { poolSize: 12 } });
    await cluster.awaitCondition('pooled', 'PgbouncerReady', 'False', 'PoolReloading');
    await syncFile('pooled');
    await cluster.awaitCondition('pooled', 'Ready', 'True');
    const after = await cluster.get(builtIn.deployment, 'pooled-pgbouncer');
    expect((after.spec as { template: object }).template).toEqual((before.spec as { template: object }).template);
  });

  test('a verified pooler is not asked again until the plan changes', async () => {
    await cluster.awaitQuiet(300);
    const logins = () => pooler.log().match(/login attempt/g)?.length ?? 0;
    const before = logins();
    await cluster.applyStack('pooled', { pgbouncer: { poolSize: 12 }, redis: { maxMemory: '256Mi' } });
    await cluster.awaitCondition('pooled', 'Ready', 'True');
    expect(logins()).toBe(before);
  });
});
