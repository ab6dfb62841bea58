import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withAdminConsole } from '../pgbouncer-admin/admin-console.ts';
import { pausePooler } from '../pgbouncer-admin/pause-pooler.ts';
import { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource } from './child-kinds.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const admin = { user: 'chatstack_admin', password: 'known' };

describeWithApiServer('a Postgres that starts again behind a PgBouncer', (server) => {
  let pooler: PgbouncerEngine;
  let cluster: TestCluster;
  const asked: string[] = [];
  let resumed = Promise.withResolvers<void>();

  beforeAll(async () => {
    // The role of the pod network: one pooler on this machine, whatever address and password the stack has.
    pooler = await startPgbouncer({ admin, databases: { chatstack: 'host=127.0.0.1 port=1 dbname=chatstack' } });
    const place = { port: pooler.port, password: admin.password };
    cluster = await openTestCluster(server(), 'pauses', {
      reload: async (target) => {
        asked.push('resume');
        const outcome = await reloadUntilEqual({ ...target, ...place }, {});
        resumed.resolve();
        return outcome;
      },
      pause: (target, options) => {
        asked.push('pause');
        return pausePooler({ ...target, ...place }, options);
      },
    });
  });
  afterAll(async () => {
    await cluster?.close();
    await pooler?.stop();
  });

  const isPaused = async () => {
    const target = { host: pooler.host, port: pooler.port, ...admin, timeoutMilliseconds: 20_000 };
    return withAdminConsole(target, async (console) => {
      const was = await console.resume();
      if (was) await console.pause();
      return was;
    });
  };
  /** A stack with one pooler, whose Postgres is told to start again and doesn't become ready. */
  const interrupt = async (name: string) => {
    await cluster.makeReady(name);
    await cluster.addPod(name, 'pgbouncer', `${name}-pgbouncer-a`);
    await cluster.awaitQuiet(300);
    cluster.play.stuck.add(`${name}-postgres`);
    await cluster.applyStack(name, { postgres: { parameters: { max_connections: '120' } } });
    await cluster.awaitCondition(name, 'PgbouncerReady', 'False', 'PoolersPaused');
  };
  const finish = async (name: string) => {
    cluster.play.stuck.delete(`${name}-postgres`);
    const { resource, key } = cluster.at(builtIn.statefulSet, `${name}-postgres`);
    await cluster.client.patch(resource, key, { metadata: { labels: { nudge: 'x' } } });
  };
  const remove = async (name: string) => {
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, name).key);
    await cluster.client.delete(builtIn.pod, cluster.at(builtIn.pod, `${name}-pgbouncer-a`).key);
  };

  test('has its clients wait from before the change until it is ready', async () => {
    await interrupt('planned');
    expect(await isPaused()).toBe(true);
    await finish('planned');
    await cluster.awaitCondition('planned', 'Ready', 'True');
    expect(await isPaused()).toBe(false);
    await cluster.awaitEvents('planned', 'PoolersPaused', 'PoolerResumed');
    await remove('planned');
  });

  test('resumes them also when the operator was started again in between', async () => {
    await interrupt('restarted');
    await cluster.stopOperator();
    cluster.startOperator();
    await cluster.awaitCondition('restarted', 'PgbouncerReady', 'False', 'PostgresStarting');
    expect(await isPaused()).toBe(true);
    await finish('restarted');
    await cluster.awaitCondition('restarted', 'Ready', 'True');
    expect(await isPaused()).toBe(false);
    await remove('restarted');
  });

  test('resumes them also when the spec is refused by an operator that starts then', async () => {
    await interrupt('refused');
    await cluster.stopOperator();
    await finish('refused');
    await cluster.applyStack('refused', { pgbouncer: { poolSize: 5000 } });
    asked.length = 0;
    resumed = Promise.withResolvers();
    cluster.startOperator();
    await cluster.awaitCondition('refused', 'Degraded', 'True', 'PlanRefused');
    await resumed.promise;
    expect(await isPaused()).toBe(false);
    expect(asked).toEqual(['resume']);
    await remove('refused');
  });

  test('holds nobody up when something changes that replaces no pod of Postgres', async () => {
    await cluster.makeReady('steady');
    await cluster.addPod('steady', 'pgbouncer', 'steady-pgbouncer-a');
    await cluster.awaitQuiet(300);
    asked.length = 0;
    await cluster.makeReady('steady', { pgbouncer: { poolSize: 9 }, service: { replicas: 3 } });
    expect(asked).not.toContain('pause');
    await remove('steady');
  });
});
