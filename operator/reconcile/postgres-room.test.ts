import { unprivilegedAccount } from '@chatstack/test/engines/account.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { canBoundDisks, fillDisk, freeDisk } from '@chatstack/test/engines/bounded-disk.ts';
import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askRoom, type RoomTarget } from '../postgres-room/ask-room.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { builtIn } from '../runtime/resource.ts';
import { roundMilliseconds } from '../stack-metrics/pool-rounds.ts';
import { chatStackResource } from './child-kinds.ts';
import { readSecretText } from './secrets.ts';
import { conditionOf, listEventReasons, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const testOnBoundedDisk = canBoundDisks(unprivilegedAccount()) ? test : test.skip;

describeWithApiServer('the disk of a Postgres, on a cluster', (server) => {
  const clock = createManualClock();
  const asked: RoomTarget[] = [];
  let postgres: PostgresEngine;
  let cluster: TestCluster;

  beforeAll(async () => {
    const isBounded = canBoundDisks(unprivilegedAccount());
    postgres = await startPostgres(isBounded ? { disk: 96 } : {});
    cluster = await openTestCluster(server(), 'room', {
      poolClock: clock,
      reload: async () => ({ kind: 'equal', reloaded: false }),
      askPools: async () => ({ kind: 'answered', pools: [] }),
      askRoom(target) {
        asked.push(target);
        // The role of the pod network and of the pooler: one Postgres on this machine, whatever login the stack has.
        const { port, user, password } = postgres;
        return askRoom({
          host: postgres.host,
          port,
          user,
          password,
          database: 'postgres',
          timeoutMilliseconds: 20_000,
        });
      },
    });
    await cluster.makeReady('acme');
    await cluster.addPod('acme', 'pgbouncer', 'acme-pgbouncer-a');
    await cluster.awaitQuiet(500);
  }, 60_000);
  afterAll(async () => {
    await cluster?.close();
    await postgres?.stop();
  });

  /** Has a round pass, and waits until the next one is to come. */
  async function passRound(): Promise<void> {
    clock.advance(roundMilliseconds);
    while (clock.pending().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const versionOf = async () => (await cluster.get(chatStackResource, 'acme')).metadata.resourceVersion;

  test('is asked about at a pooler, by the login of the service, and costs the API server nothing', async () => {
    await passRound();
    const credentials = await cluster.get(builtIn.secret, 'acme-credentials');
    expect(asked.at(-1)).toMatchObject({
      ...{ host: '127.0.0.1', port: 6432, database: 'chatstack', user: 'chatstack' },
      password: readSecretText(credentials, 'service-password'),
    });
    await cluster.awaitQuiet(300);
    const before = cluster.requests.length;
    const rounds = asked.length;
    for (let round = 0; round < 3; round += 1) await passRound();
    await cluster.awaitQuiet(300);
    expect([asked.length, cluster.requests.length]).toEqual([rounds + 3, before]);
  });

  testOnBoundedDisk(
    'is full: within a round the stack is not Ready, is told of once, and written to once',
    async () => {
      await fillDisk(postgres);
      await passRound();
      const stack = await cluster.awaitCondition('acme', 'Ready', 'False', 'DiskFull');
      for (const type of ['Degraded', 'PostgresReady'] as const)
        expect(conditionOf(stack, type)?.reason).toBe('DiskFull');
      await cluster.awaitEvents('acme', 'DiskFull');
      await cluster.awaitQuiet(300);
      const [version, requests] = [await versionOf(), cluster.requests.length];
      for (let round = 0; round < 3; round += 1) await passRound();
      await cluster.awaitQuiet(300);
      expect([await versionOf(), cluster.requests.length]).toEqual([version, requests]);
      expect(await cluster.scrape()).toContain(
        'chatstack_condition{namespace="room",stack="acme",type="PostgresReady",reason="DiskFull"} 0',
      );
    },
  );

  testOnBoundedDisk(
    'is full: an operator that starts anew, and has asked nobody yet, writes no other word',
    async () => {
      await cluster.stopOperator();
      const version = await versionOf();
      cluster.startOperator();
      await cluster.awaitQuiet(1000);
      expect(await versionOf()).toBe(version);
    },
  );

  testOnBoundedDisk('has room again: the stack is Ready within a round, by itself', async () => {
    await freeDisk(postgres);
    await passRound();
    await cluster.awaitCondition('acme', 'Ready', 'True');
    expect((await listEventReasons(cluster, 'acme')).filter((reason) => reason === 'DiskFull')).toHaveLength(1);
  });

  const external = { host: 'db.example.com', database: 'talk', secretRef: { name: 'login' } };

  test.each<[string, object, string, Partial<RoomTarget>]>([
    ['direct', { pgbouncer: { enabled: false } }, 'postgres', { port: 5432, database: 'chatstack', user: 'chatstack' }],
    [
      'elsewhere',
      { postgres: { mode: 'External', external } },
      'pgbouncer',
      { port: 6432, database: 'talk', user: 'guest', password: 'of-the-author' },
    ],
  ])('is asked about as the service reaches it: %s', async (name, spec, component, target) => {
    const { resource, key } = cluster.at(builtIn.secret, 'login');
    const stringData = { username: 'guest', password: 'of-the-author' };
    if ('postgres' in spec)
      await cluster.client.create(resource, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, stringData });
    await cluster.makeReady(name, spec);
    await cluster.addPod(name, component, `${name}-${component}-a`);
    await cluster.awaitQuiet(300);
    const before = asked.length;
    await passRound();
    expect(asked.slice(before)).toContainEqual(expect.objectContaining(target));
  });
});
