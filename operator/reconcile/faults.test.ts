import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import { reflectorLimits } from '../runtime/reflector.ts';
import { builtIn } from '../runtime/resource.ts';
import { injectRandomFaults } from '../runtime/testing-faults.ts';
import { startTestingProxy } from '../runtime/testing-proxy.ts';
import { describeObjects } from './testing/comparable-objects.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

/** FAULT_SEED, as a failure prints it, repeats one run; FAULT_RUNS makes more of them. */
const first = Number(process.env.FAULT_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.FAULT_RUNS ?? 4) }, (_, index) => first + index);
const watchLimits = { ...reflectorLimits, backOff: { firstMilliseconds: 5, longestMilliseconds: 50 } };
const changed = { service: { image: 'elsewhere/service:2' }, pgbouncer: { poolSize: 7 }, redis: { maxMemory: '96Mi' } };

/** Makes a stack, changes it, and takes a child away: what every run does. */
async function live(cluster: TestCluster, name: string): Promise<void> {
  await cluster.makeReady(name);
  await cluster.makeReady(name, changed);
  const { resource, key } = cluster.at(builtIn.deployment, `${name}-redis`);
  const { metadata } = await cluster.get(resource, key.name);
  await cluster.client.delete(resource, key);
  await cluster.awaitObject(resource, key.name, (each) => each.metadata.uid !== metadata.uid);
  await cluster.awaitCondition(name, 'Ready', 'True');
}

describeWithApiServer('a stack behind an API server that misbehaves', (server) => {
  let expected: string[];
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'sound');
    await live(cluster, 'acme');
    await cluster.awaitQuiet(500);
    expected = await describeObjects(cluster, 'acme');
  });
  afterAll(() => cluster?.close());

  test.each(seeds)('comes to be as it would without faults, and is then left alone (seed %i)', async (seed) => {
    const proxy = await startTestingProxy(server());
    const connection = connectPlainly(proxy.url);
    const injected = injectRandomFaults(proxy, { seed, count: 60, probability: 0.3 });
    const faulty = await openTestCluster(server(), `faulty-${seed}`, { connection, watchLimits });
    try {
      const passwords = faulty
        .awaitObject(builtIn.secret, 'acme-credentials', () => true)
        .then((secret) => [secret.metadata.uid, secret.data]);
      await live(faulty, 'acme');
      // Whatever faults are left would never be met by a stack that is idle.
      proxy.fault = () => undefined;
      proxy.lines = async (line) => [line];
      await faulty.awaitQuiet(1000);
      expect(await describeObjects(faulty, 'acme')).toEqual(expected);
      const secret = await faulty.get(builtIn.secret, 'acme-credentials');
      expect([secret.metadata.uid, secret.data]).toEqual(await passwords);

      await faulty.stopOperator();
      const before = proxy.writes().length;
      faulty.startOperator();
      await faulty.awaitQuiet(1000);
      expect(proxy.writes().slice(before)).toEqual([]);
      expect(injected.length).toBeGreaterThan(10);
    } finally {
      await faulty.close();
      await proxy.close();
    }
  });
});
