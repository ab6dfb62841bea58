import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { PoolerClient } from '../pgbouncer-admin/admin-console.ts';
import { rotateAnnotation } from '../rotation/rotation-due.ts';
import type { ServerAnswer } from '../rotation/server-answer.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource } from './child-kinds.ts';
import { conditionOf, listEventReasons, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

type Credentials = NonNullable<StackStatus['credentials']>;

describeWithApiServer('a rotation of passwords on a real API server', (server) => {
  let cluster: TestCluster;
  const asked: string[] = [];
  let answer: ServerAnswer = { kind: 'done' };
  let clients: PoolerClient[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'rotation', {
      reload: async () => ({ kind: 'equal', reloaded: false }),
      listClients: async () => clients,
      changeLogins: async (_, change) => {
        const [[word, roles] = []] = Object.entries(change);
        asked.push(`${word} ${Object.keys(roles ?? {}).join(', ')}`);
        return answer;
      },
      setPasswords: async (_, accepted) => {
        asked.push(`accept ${accepted.length}`);
        return answer;
      },
    });
  }, 60_000);
  afterAll(() => cluster.close());
  beforeEach(() => {
    asked.length = 0;
    answer = { kind: 'done' };
  });

  /** A stack with pods of the servers and, as somebody who still uses the present passwords, one pooler. */
  async function makeStack(name: string, spec: object = {}): Promise<void> {
    await cluster.makeReady(name, spec);
    for (const component of ['postgres', 'redis', 'pgbouncer']) {
      await cluster.addPod(name, component, `${name}-${component}-0`);
    }
  }
  const rotate = (name: string, value: string) => {
    const { resource, key } = cluster.at(chatStackResource, name);
    return cluster.client.patch(resource, key, { metadata: { annotations: { [rotateAnnotation]: value } } });
  };
  const awaitPhase = async (
    name: string,
    phase: Credentials['phase'],
    request?: string,
    told = '',
  ): Promise<Credentials> => {
    const credentialsOf = ({ status }: KubernetesObject) => (status as StackStatus | undefined)?.credentials;
    const stack = await cluster.awaitObject(chatStackResource, name, (each) => {
      const found = credentialsOf(each);
      return found?.phase === phase && found.request === request && found.message.includes(told);
    });
    return credentialsOf(stack) as Credentials;
  };
  const secretOf = (name: string) => cluster.get(builtIn.secret, `${name}-credentials`);
  const dataOf = async (name: string) => (await secretOf(name)).data as Record<string, string>;
  const endPooler = (name: string) => {
    const { resource, key } = cluster.at(builtIn.pod, `${name}-pgbouncer-0`);
    return cluster.client.delete(resource, key);
  };
  const templatesOf = async (name: string) =>
    Object.fromEntries(
      await Promise.all(
        (
          [
            [builtIn.statefulSet, 'postgres'],
            [builtIn.deployment, 'redis'],
            [builtIn.deployment, 'pgbouncer'],
            [builtIn.deployment, 'service'],
          ] as const
        ).map(async ([kind, component]) => {
          const { template } = (await cluster.get(kind, `${name}-${component}`)).spec as { template: object };
          return [component, JSON.stringify(template)] as const;
        }),
      ),
    );

  test('has both passwords valid until no pod uses the former, rolls poolers and service, and leaves the servers alone', async () => {
    await makeStack('acme');
    const [data, templates] = [await dataOf('acme'), await templatesOf('acme')];
    await rotate('acme', 'first');
    await awaitPhase('acme', 'Replacing', 'first', 'pods that use the former ones are gone: acme-pgbouncer-0');
    expect(conditionOf(await cluster.get(chatStackResource, 'acme'), 'Rotating')).toMatchObject({ status: 'True' });
    expect(asked.toSorted()).toEqual(['accept 2', 'allow chatstack_b, pgbouncer_auth_b, postgres']);
    const during = await dataOf('acme');
    for (const key of Object.keys(data)) {
      expect(during[key]).not.toBe(data[key]);
      expect(during[`other-${key}`]).toBe(data[key]);
    }
    const rolled = await templatesOf('acme');
    expect(Object.keys(rolled).filter((name) => rolled[name] !== templates[name])).toEqual(['pgbouncer', 'service']);

    asked.length = 0;
    await endPooler('acme');
    const { lastRotation } = await awaitPhase('acme', 'Current', 'first');
    expect(Date.parse(lastRotation ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(asked.toSorted()).toEqual(['accept 1', 'deny chatstack, pgbouncer_auth']);
    const after = await dataOf('acme');
    expect(Object.keys(after).filter((key) => key.startsWith('other-'))).toEqual([]);
    expect(Buffer.from(after['service-user'] ?? '', 'base64').toString()).toBe('chatstack_b');
    expect(await templatesOf('acme')).toEqual(rolled);
    expect(await listEventReasons(cluster, 'acme')).toEqual(expect.arrayContaining(['RotationStarted', 'Rotated']));
    await cluster.awaitCondition('acme', 'Ready', 'True');
  }, 60_000);

  test('gives the first login its turn again, and a password that is edited by hand restarts everything as ever', async () => {
    await rotate('acme', 'second');
    await awaitPhase('acme', 'Current', 'second');
    expect(asked).toEqual(
      expect.arrayContaining(['allow chatstack, pgbouncer_auth, postgres', 'deny chatstack_b, pgbouncer_auth_b']),
    );
    const before = await templatesOf('acme');
    const { resource, key } = cluster.at(builtIn.secret, 'acme-credentials');
    await cluster.client.patch(resource, key, { stringData: { 'redis-password': 'by hand' } });
    await cluster.awaitObject(
      builtIn.statefulSet,
      'acme-postgres',
      ({ spec }) => JSON.stringify((spec as { template: object }).template) !== before.postgres,
    );
    await cluster.awaitQuiet(200);
    const after = await templatesOf('acme');
    expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([]);
  }, 60_000);

  test('a server that can not be told holds it up and nothing else; one that refuses the login is trouble', async () => {
    await makeStack('held');
    answer = { kind: 'unreachable', reason: 'nobody is there' };
    await rotate('held', 'first');
    const data = await dataOf('held');
    expect((await awaitPhase('held', 'Preparing', 'first')).message).toContain('nobody is there');
    await cluster.awaitCondition('held', 'Ready', 'True');
    answer = { kind: 'refused', reason: 'password authentication failed' };
    await cluster.awaitCondition('held', 'Degraded', 'True', 'RotationFailed');
    expect(await dataOf('held')).toMatchObject(data);
    answer = { kind: 'done' };
    await endPooler('held');
    await awaitPhase('held', 'Current', 'first');
  }, 90_000);

  test('a former login that is still used at a pooler is not locked out, whatever its pod was started with', async () => {
    await makeStack('late');
    await rotate('late', 'first');
    await awaitPhase('late', 'Replacing', 'first', 'late-pgbouncer-0');
    const { template } = (await cluster.get(builtIn.deployment, 'late-pgbouncer')).spec as {
      template: { metadata: { annotations: Record<string, string> } };
    };
    const { key } = cluster.at(
      builtIn.pod,
      (await cluster.addPod('late', 'pgbouncer', 'late-pgbouncer-1')).metadata.name,
    );
    await cluster.client.patch(builtIn.pod, key, { metadata: { annotations: template.metadata.annotations } });
    clients = [
      { user: 'chatstack', address: '10.1.2.3' },
      { user: 'chatstack_b', address: '10.1.2.4' },
    ];
    await endPooler('late');
    await awaitPhase('late', 'Replacing', 'first', 'found some at 10.1.2.3 that still log in');
    clients = [];
    await awaitPhase('late', 'Current', 'first');
  }, 60_000);

  test('a pod that was evicted, which stays in the list, holds up nothing', async () => {
    await makeStack('evicted');
    const pod = await cluster.addPod('evicted', 'pgbouncer', 'evicted-pgbouncer-1');
    const { resource, key } = cluster.at(builtIn.pod, pod.metadata.name);
    await cluster.client.patch(resource, key, { status: { phase: 'Failed', reason: 'Evicted' } }, 'status');
    await endPooler('evicted');
    await rotate('evicted', 'first');
    await awaitPhase('evicted', 'Current', 'first');
  }, 60_000);

  test('waits for what must not be disturbed, and is refused where nothing is the stack’s own', async () => {
    await makeStack('busy');
    await endPooler('busy');
    const pod = await cluster.addPod('busy', 'backup', 'busy-backup-1');
    await rotate('busy', 'first');
    expect((await awaitPhase('busy', 'Waiting', 'first')).message).toContain('pod busy-backup-1 has ended');
    expect(asked).toEqual([]);
    await cluster.client.delete(builtIn.pod, cluster.at(builtIn.pod, pod.metadata.name).key);
    await awaitPhase('busy', 'Current', 'first');

    await cluster.client.create(builtIn.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace: cluster.namespace },
      stringData: { username: 'ann', password: 'theirs' },
    } as KubernetesObject);
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'login' } };
    await cluster.makeReady('foreign', {
      postgres: { mode: 'External', external },
      redis: { mode: 'External', external: { host: 'cache.example.com' } },
      pgbouncer: { enabled: false },
    });
    await rotate('foreign', 'first');
    expect((await awaitPhase('foreign', 'Refused', 'first')).message).toContain('found none');
    await cluster.awaitEvents('foreign', 'RotationRefused');
    await cluster.awaitCondition('foreign', 'Ready', 'True');
  }, 90_000);

  test('by a schedule, it begins when the passwords have been used for as long, and says when that is', async () => {
    await makeStack('timed', { credentials: { rotateEvery: '1h' } });
    await endPooler('timed');
    const { nextRotation, lastRotation } = await awaitPhase('timed', 'Current');
    expect(lastRotation).toBeUndefined();
    expect(Date.parse(nextRotation ?? '') - Date.now()).toBeGreaterThan(3_000_000);
    const { resource, key } = cluster.at(builtIn.secret, 'timed-credentials');
    const long = new Date(Date.now() - 3_700_000).toISOString();
    await cluster.client.patch(resource, key, { metadata: { annotations: { 'chatstack.dev/rotated-at': long } } });
    await cluster.awaitEvents('timed', 'Rotated');
    const { nextRotation: later } = await awaitPhase('timed', 'Current');
    expect(Date.parse(later ?? '')).toBeGreaterThan(Date.parse(nextRotation ?? ''));
  }, 60_000);
});
