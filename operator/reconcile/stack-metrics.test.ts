import { createServer, type Server } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { credentialKeys } from '@chatstack/stack/plan/stack-plan.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { askPools } from '../pgbouncer-admin/ask-pools.ts';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { builtIn } from '../runtime/resource.ts';
import { startTestingProxy, type TestingProxy } from '../runtime/testing-proxy.ts';
import { roundMilliseconds } from '../stack-metrics/pool-rounds.ts';
import { chatStackResource } from './child-kinds.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const admin = { user: 'chatstack_admin', password: 'known' };

/** A port that takes connections and says nothing, as a Postgres in trouble does. */
async function listenInSilence(): Promise<{ readonly port: number; close(): Promise<unknown> }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describeWithApiServer('the metrics of stacks on a cluster', (server) => {
  const clock = createManualClock();
  let silent: Awaited<ReturnType<typeof listenInSilence>>;
  let pooler: PgbouncerEngine;
  let proxy: TestingProxy;
  let cluster: TestCluster;
  const passwords: string[] = [];

  beforeAll(async () => {
    silent = await listenInSilence();
    pooler = await startPgbouncer({
      admin,
      users: { chat: 'secret' },
      databases: { chat: `host=127.0.0.1 port=${silent.port} dbname=chat` },
      settings: { default_pool_size: 1 },
    });
    proxy = await startTestingProxy(server());
    cluster = await openTestCluster(server(), 'measured', {
      connection: connectPlainly(proxy.url),
      poolClock: clock,
      reload: async () => ({ kind: 'equal', reloaded: false }),
      async askPools(target) {
        passwords.push(target.password);
        // The role of the pod network: one pooler on this machine, whatever address, certificate and password the stack has.
        const { tls: _, ...plain } = target;
        return askPools({ ...plain, port: pooler.port, password: admin.password });
      },
    });
    await cluster.makeReady('acme', { tls: { mode: 'SelfSigned' }, postgres: { backup: { volume: { size: '1Gi' } } } });
    await cluster.awaitQuiet(300);
  }, 60_000);
  afterAll(async () => {
    await cluster?.close();
    await proxy?.close();
    await pooler?.stop();
    await silent?.close();
  });

  async function scrape(series: string): Promise<string[]> {
    const lines = (await cluster.scrape()).split('\n').map((line) => line.replace('namespace="measured",stack=', ''));
    return lines.filter((line) => line.startsWith(series));
  }

  /** Resolves when a scrape shows exactly this of some series: reconciling sends nothing that could be awaited. */
  async function awaitSeries(series: string, expected: readonly string[]): Promise<void> {
    while (!isDeepStrictEqual(await scrape(series), expected)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Has a round pass, and waits until the next one is to come: every pooler that the operator knows of was asked. */
  async function passRound(): Promise<void> {
    clock.advance(roundMilliseconds);
    while (clock.pending().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  test('tell of a Ready stack what its status, its volumes and its certificates say', async () => {
    const { status } = (await cluster.get(chatStackResource, 'acme')) as unknown as {
      status: { pool: { size: number }; connectionBudget: { headroom: number } };
    };
    expect(await scrape('chatstack_condition{')).toContainEqual(
      expect.stringMatching(/^chatstack_condition{"acme",type="Ready",reason="\w+"} 1$/),
    );
    expect(await scrape('chatstack_pool_size')).toEqual([
      `chatstack_pool_size_connections{"acme"} ${status.pool.size}`,
    ]);
    expect(await scrape('chatstack_budget_headroom')).toContain(
      `chatstack_budget_headroom_connections{"acme",layer="postgres"} ${status.connectionBudget.headroom}`,
    );
    // Those of the chat, and exporters, Prometheus and Grafana.
    expect(await scrape('chatstack_component_wanted')).toHaveLength(7);
    expect(await scrape('chatstack_backup')).toEqual(['chatstack_backup_schedule_seconds{"acme"} 86400']);
    expect(await scrape('chatstack_volume')).toContain(
      'chatstack_volume_size_bytes{"acme",component="backup"} 1073741824',
    );
    const ends = (await scrape('chatstack_certificate')).map((line) => /certificate="(.*)"} (\d+)/.exec(line) ?? []);
    expect(ends.map(([, secret]) => secret).toSorted()).toEqual([
      'acme-ca',
      'acme-pgbouncer-tls',
      'acme-postgres-tls',
      'acme-redis-tls',
    ]);
    for (const [, , end] of ends) expect(Number(end) * 1000).toBeGreaterThan(Date.now() + 86_400_000);
  });

  test('show how long a client of a pooler has waited, by the password of the stack, and ask the API server for nothing', async () => {
    await cluster.addPod('acme', 'pgbouncer', 'acme-pgbouncer-a');
    await cluster.awaitQuiet(500);
    const secret = await cluster.get(builtIn.secret, 'acme-credentials');
    const { 'pgbouncer-admin-password': password = '' } = secret.data as Record<string, string>;
    const client = new pg.Client({ connectionString: pooler.url('chat', 'chat', 'secret') });
    client.on('error', () => undefined);
    const waits = client.connect().catch(() => undefined);
    for (;;) {
      await passRound();
      if ((await scrape('chatstack_pool_waiting')).join().endsWith(' 1')) break;
    }
    await cluster.awaitQuiet(300);
    proxy.seen.length = 0;
    await passRound();
    const [line = ''] = await scrape('chatstack_pool_max_wait');
    expect(line).toMatch(/^chatstack_pool_max_wait_seconds{"acme",pod="acme-pgbouncer-a"} \d+(\.\d+)?$/);
    expect(await scrape('chatstack_pool_scrape')).toEqual(['chatstack_pool_scrape_failures_total{"acme"} 0']);
    expect(passwords.at(-1)).toBe(Buffer.from(password, 'base64').toString());
    expect(proxy.seen.filter(({ isWatch }) => !isWatch)).toEqual([]);
    await pooler.kill();
    await waits;
  }, 30_000);

  test('lack a pooler that does not answer, and count that', async () => {
    await passRound();
    expect(await scrape('chatstack_pool_max_wait')).toEqual([]);
    expect(await scrape('chatstack_pool_scrape')).toEqual(['chatstack_pool_scrape_failures_total{"acme"} 1']);
  });

  test('are asked for with the password of a Secret that was there before the stack', async () => {
    const { resource, key } = cluster.at(builtIn.secret, 'kept-credentials');
    const stringData = Object.fromEntries(credentialKeys.map((each) => [each, `kept-${each}`]));
    await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, stringData });
    await cluster.makeReady('kept');
    await cluster.addPod('kept', 'pgbouncer', 'kept-pgbouncer-a');
    while (!passwords.includes('kept-pgbouncer-admin-password')) await passRound();
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'kept').key);
    await awaitSeries('chatstack_condition{"kept"', []);
  }, 30_000);

  test('count the restarts of a container that the kubelet tells of', async () => {
    const restarted = (count: number) => ({
      status: {
        containerStatuses: [{ ...container, restartCount: count, state: { running: { startedAt: startOf(count) } } }],
      },
    });
    const startOf = (count: number) => new Date(Date.UTC(2026, 0, 1, 0, count)).toISOString();
    const container = { name: 'program', image: 'elsewhere/program:1', imageID: '', ready: true };
    const { resource, key } = cluster.at(builtIn.pod, 'acme-pgbouncer-a');
    await cluster.client.patch(resource, key, restarted(2), 'status');
    const series = 'chatstack_component_restarts_total{"acme",component="pgbouncer"}';
    await awaitSeries(series, [`${series} 2`]);
  });

  test('of a refused spec keep what still runs', async () => {
    const before = await scrape('chatstack_certificate');
    await cluster.applyStack('acme', { tls: { mode: 'SelfSigned' }, pgbouncer: { poolSize: 5000 } });
    await cluster.awaitCondition('acme', 'BudgetFits', 'False');
    expect(await scrape('chatstack_condition{"acme",type="BudgetFits"')).toContainEqual(expect.stringMatching(/ 0$/));
    expect(await scrape('chatstack_certificate')).toEqual(before);
    expect(await scrape('chatstack_pool_size')).toHaveLength(1);
  }, 30_000);

  test('end with the stack', async () => {
    await cluster.client.delete(chatStackResource, cluster.at(chatStackResource, 'acme').key);
    await awaitSeries('chatstack_', []);
  }, 30_000);
});
