import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rotateAnnotation } from '../rotation/rotation-due.ts';
import { connectPlainly } from '../runtime/cluster-connection.ts';
import { builtIn } from '../runtime/resource.ts';
import { type Fault, type SeenRequest, startTestingProxy } from '../runtime/testing-proxy.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource } from './child-kinds.ts';
import { describeObjects } from './testing/comparable-objects.ts';
import { listLogins, playServers } from './testing/played-servers.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const changed = { service: { image: 'elsewhere/service:2' }, pgbouncer: { poolSize: 7 }, redis: { maxMemory: '96Mi' } };
const namespace = 'killed';

/** Whether the server acted on the call at which the operator dies: by turns, or both of each call with KILL_BOTH=true. */
const faultsAt = (nth: number): readonly ('cut' | 'lost answer')[] => {
  if (process.env.KILL_BOTH === 'true') return ['cut', 'lost answer'];
  return nth % 2 === 0 ? ['cut'] : ['lost answer'];
};

/** Calls that an operator makes for a stack; the lists of its watches are not. */
const isCall = ({ isWatch, path }: SeenRequest): boolean => !isWatch && !path.includes('limit=');

describeWithApiServer('an operator that is killed', (server) => {
  let cluster: TestCluster;
  const expected: Record<string, string[]> = {};
  /** Logins of the Secret that a server took no more when an operator had changed it. */
  const lockedOut: string[] = [];
  let afterChange = async () => {};
  const servers = playServers(() => afterChange());

  beforeAll(async () => {
    cluster = await openTestCluster(server(), namespace, servers);
    await cluster.makeReady('acme-model');
    await cluster.awaitQuiet(500);
    expected.new = await describeObjects(cluster, 'acme-model');
    await cluster.makeReady('acme-model', changed);
    await cluster.awaitQuiet(500);
    expected.changed = await describeObjects(cluster, 'acme-model');
    await cluster.stopOperator();
  });
  afterAll(() => cluster?.close());

  /**
   * Starts an operator, runs `work`, and kills the operator at its nth call: that one is cut (`cut`) or its answer is lost, and from
   * then on nothing of it gets through. Then another operator goes on. Answers whether there were so many calls.
   */
  async function killAt(nth: number, fault: Fault, work: () => Promise<unknown>, recover: () => Promise<unknown>) {
    const proxy = await startTestingProxy(server());
    const killed = Promise.withResolvers<'killed'>();
    let calls = 0;
    proxy.fault = (request) => {
      if (calls >= nth) return 'cut';
      calls += isCall(request) ? 1 : 0;
      if (calls < nth) return undefined;
      killed.resolve('killed');
      return fault;
    };
    const operator = cluster.runOperator(connectPlainly(proxy.url));
    const done = await Promise.race([killed.promise, work()]);
    // What is still under way in the dead process meets the cut.
    const ended = operator.stop();
    cluster.startOperator();
    await recover();
    await ended;
    await proxy.close();
    await cluster.stopOperator();
    return done === 'killed';
  }

  /** Ready, and all that measures it as well: the status tells of both. */
  async function makeMeasured(name: string, spec?: object) {
    await cluster.makeReady(name, spec);
    return cluster.awaitCondition(name, 'MonitoringReady', 'True');
  }

  const identities = async (name: string) =>
    Promise.all(
      [
        cluster.get(builtIn.secret, `${name}-credentials`),
        cluster.get(builtIn.persistentVolumeClaim, `${name}-postgres`),
      ].map(async (each) => {
        const { metadata, data } = await each;
        return [metadata.uid, data];
      }),
    );

  /** Its children stay, but no later operator has to look at it. */
  const forget = (name: string) =>
    cluster.client.delete(chatStackResource, cluster.at(chatStackResource, name).key, { propagationPolicy: 'Orphan' });

  test('at any call of a new stack: the next one makes the same of it, with the passwords that were there first', async () => {
    let isKilled = true;
    for (let nth = 1; isKilled; nth += 1) {
      for (const fault of faultsAt(nth)) {
        const name = `acme-${fault.replace(' ', '-')}-${nth}`;
        const first = cluster.awaitObject(builtIn.secret, `${name}-credentials`, () => true);
        const ready = () => makeMeasured(name);
        isKilled = await killAt(nth, fault, ready, ready);
        expect(await describeObjects(cluster, name)).toEqual(expected.new);
        const { metadata, data } = await first;
        expect((await identities(name))[0]).toEqual([metadata.uid, data]);
        await forget(name);
      }
      expect(isKilled || nth > 17).toBe(true);
    }
  }, 900_000);

  test('at any call of a change: the next one makes the same of it, with the same passwords and volume', async () => {
    let isKilled = true;
    for (let nth = 1; isKilled; nth += 1) {
      for (const fault of faultsAt(nth)) {
        const name = `acme-change-${fault.replace(' ', '-')}-${nth}`;
        cluster.startOperator();
        await cluster.makeReady(name);
        await cluster.stopOperator();
        const before = await identities(name);
        const ready = () => makeMeasured(name, changed);
        isKilled = await killAt(nth, fault, ready, ready);
        expect(await describeObjects(cluster, name)).toEqual(expected.changed);
        expect(await identities(name)).toEqual(before);
        await forget(name);
      }
      expect(isKilled || nth > 5).toBe(true);
    }
  }, 900_000);

  test('at any call of a rotation: the present passwords are valid, and the next one comes to where those alone are', async () => {
    let isKilled = true;
    for (let nth = 1; isKilled; nth += 1) {
      for (const fault of faultsAt(nth)) {
        const name = `acme-rotation-${fault.replace(' ', '-')}-${nth}`;
        cluster.startOperator();
        await cluster.makeReady(name);
        for (const component of ['postgres', 'redis']) await cluster.addPod(name, component, `${name}-${component}-0`);
        await cluster.awaitQuiet(100);
        await cluster.stopOperator();
        const secretOf = () => cluster.get(builtIn.secret, `${name}-credentials`);
        const before = await secretOf();
        servers.begin(before);
        const annotations = { [rotateAnnotation]: 'once' };
        await cluster.client.patch(chatStackResource, cluster.at(chatStackResource, name).key, {
          metadata: { annotations },
        });
        const rotated = () =>
          cluster.awaitObject(chatStackResource, name, ({ status }) => {
            const { credentials } = (status ?? {}) as StackStatus;
            return credentials?.request === 'once' && credentials.phase === 'Current';
          });
        afterChange = async () => {
          const present = listLogins(await secretOf()).filter((each) => !each.startsWith('postgres '));
          lockedOut.push(...present.filter((each) => !servers.accepted().includes(each)));
        };
        isKilled = await killAt(nth, fault, rotated, rotated);
        expect(lockedOut).toEqual([]);
        const after = await secretOf();
        expect(servers.accepted()).toEqual(listLogins(after));
        expect(listLogins(after).filter((each) => listLogins(before).includes(each))).toEqual([]);
        await forget(name);
      }
      expect(isKilled || nth > 6).toBe(true);
    }
  }, 900_000);
});
