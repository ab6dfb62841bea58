import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { chatStackResource } from '../reconcile/child-kinds.ts';
import { openTestCluster, type TestCluster } from '../reconcile/testing/test-cluster.ts';
import { builtIn } from '../runtime/resource.ts';
import { openCluster } from './open-cluster.ts';
import { runCommand } from './run-command.ts';

/** The API server's own fields change with every look; what is asked for, made and recorded must not. */
const versionsOf = async (cluster: TestCluster) =>
  (await Promise.all([chatStackResource, builtIn.configMap, builtIn.deployment, builtIn.statefulSet].map(cluster.list)))
    .flat()
    .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);

const manifest = (name: string, spec: object): string =>
  stringify({ apiVersion: chatStackResource.apiVersion, kind: chatStackResource.kind, metadata: { name }, spec });

describeWithApiServer('a command with a cluster', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'commands', {
      reload: async () => ({ kind: 'equal', reloaded: false }),
    });
    await cluster.makeReady('acme', { redis: { maxMemory: '96Mi' } });
    await cluster.awaitQuiet(500);
  });
  afterAll(() => cluster.close());

  async function run(line: string, spec: object = {}) {
    const output = { out: '', err: '' };
    const code = await runCommand(
      [...(line.startsWith('complete ') ? [] : ['-n', cluster.namespace]), ...line.split(' ')],
      {
        version: '1.2.3',
        display: { columns: 120, isTerminal: false, colours: false },
        listenForStop: () => new AbortController().signal,
        now: Date.now,
        readFile: (path) => manifest(path === '-' ? 'acme' : path, spec),
        out: (text) => {
          output.out += text;
        },
        err: (text) => {
          output.err += text;
        },
        openCluster: (choice) => openCluster({ KUBECONFIG: server().kubeconfig }, choice),
        listContexts: async () => [],
      },
    );
    return { code, ...output };
  }
  const compare = (spec: object, options = '') => run(`plan -f - --diff --exit-code${options}`, spec);

  test('plan --diff finds nothing to change in a stack that is as its file says', async () => {
    const { code, out } = await compare({ redis: { maxMemory: '96Mi' } });
    expect(out).toMatch(/an apply would change nothing \(\d+ objects as they are\)/);
    expect(code).toBe(0);
  });

  test('plan --diff shows changed lines, which pods roll and why, and writes nothing', async () => {
    const before = await versionsOf(cluster);
    const { code, out } = await compare({ redis: { maxMemory: '100Mi' }, pgbouncer: { poolSize: 7 } });
    expect(code).toBe(3);
    expect(out).toMatch(/~ ChatStack acme, changed[\s\S]*\+ +poolSize: 7/);
    expect(out).toMatch(
      /~ ConfigMap acme-pgbouncer, changed[\s\S]*- +default_pool_size = 10[\s\S]*\+ +default_pool_size = 7/,
    );
    expect(out).toMatch(/acme-redis rolls: its pod is replaced, .*because of its resources, settings/);
    expect(out).toMatch(/acme-pgbouncer is reloaded: .*no pod restarts/);
    expect(out).not.toMatch(/acme-postgres rolls|acme-pgbouncer rolls/);
    expect(await versionsOf(cluster)).toEqual(before);
  });

  test('plan --diff names what pruning would delete', async () => {
    const { metadata } = await cluster.get(chatStackResource, 'acme');
    await cluster.stopOperator();
    const key = { namespace: cluster.namespace, name: 'acme-former' };
    const { apiVersion, kind } = chatStackResource;
    await cluster.client.create(builtIn.configMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...key,
        labels: { 'app.kubernetes.io/instance': 'acme', 'app.kubernetes.io/managed-by': 'chatstack-operator' },
        ownerReferences: [{ apiVersion, kind, name: 'acme', uid: metadata.uid ?? '', controller: true }],
      },
    });
    const { out } = await compare({ redis: { maxMemory: '96Mi' } });
    expect(out).toMatch(/- ConfigMap acme-former, deleted/);
    expect(out).toMatch(/0 to create, 0 to change, 1 to delete/);
    await cluster.client.delete(builtIn.configMap, key);
    cluster.startOperator();
  });

  test('plan --diff of a stack that is not there shows every object as created', async () => {
    const { code, out } = await run('plan -f fresh --diff --exit-code');
    expect(out).toMatch(/\+ ChatStack fresh, created[\s\S]*\+ StatefulSet fresh-postgres, created/);
    expect(out).toMatch(/0 to change, 0 to delete[\s\S]*note: Secret fresh-credentials is made/);
    expect(code).toBe(3);
  });

  test.each([
    ['a field that the definition refuses', { postgres: { mode: 'Managed', external: {} } }, /spec\.postgres/],
    ['pools that do not fit', { pgbouncer: { poolSize: 5000 } }, /refused[\s\S]*expected[\s\S]*found/],
  ])('plan --diff refuses %s as the API server or the operator would', async (_, spec, message) => {
    const { code, err } = await compare(spec);
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  test('status shows components, pods, budget and Events, for people and for programs', async () => {
    await cluster.addPod('acme', 'pgbouncer', 'acme-pgbouncer-x');
    const { code, out } = await run('status acme');
    expect(code).toBe(0);
    expect(out).toMatch(/ChatStack acme in commands, size small, .* old: Ready/);
    expect(out).toMatch(/pgbouncer 2\/2[\s\S]*acme-pgbouncer-x ready[\s\S]*waits unknown/);
    expect(out).toMatch(
      /budget +52 of 100 connections, 48 spare[\s\S]*conditions \d+ as wished[\s\S]*Ready: every component/,
    );
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    const json = JSON.parse((await run('status acme -o json')).out);
    expect(json).toMatchObject({ name: 'acme', status: { pool: { size: 10 } }, pods: [{ component: 'pgbouncer' }] });
  });

  test('a name that is not there is told with the one that was probably meant', async () => {
    const { code, err } = await run('status amce');
    expect(err).toMatch(/expected a ChatStack amce in namespace commands, found acme\. Did you mean acme\?/);
    expect(code).toBe(1);
  });

  test('completion offers the names of stacks', async () => {
    expect((await run(`complete -- status -n ${cluster.namespace} a`)).out).toContain('acme\tChatStack, ready\n');
  });

  test('doctor says what a cluster lacks, and exits with 1', async () => {
    const { code, out } = await run('doctor acme');
    expect(out).toMatch(/✗ operator +found no operator that watches namespace commands\n +→ helm install/);
    expect(out).toMatch(/✓ definition +v1alpha1/);
    expect(out).toMatch(/✗ volumes +PersistentVolumeClaim acme-postgres is not bound\n +→ kubectl describe pvc/);
    expect(out).toMatch(/✓ conditions +all as they should be/);
    expect(out).toMatch(/✗ volumes +PersistentVolumeClaim acme-prometheus is not bound/);
    expect(out).toMatch(/findings: 3 errors/);
    expect(code).toBe(1);
  });

  test('doctor says where no operator leads, and that it may not write the Lease', async () => {
    const name = 'chatstack-operator';
    const labels = { 'app.kubernetes.io/name': name };
    const env = [{ name: 'LEADER_ELECTION_LEASE', value: name }];
    const metadata = { name, namespace: cluster.namespace, labels };
    await cluster.client.create(builtIn.deployment, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'elsewhere:1', env }] } },
      },
    });
    const { out } = await run('doctor acme');
    await cluster.client.delete(builtIn.deployment, metadata);
    expect(out).toMatch(/✗ operator +expected a leader in Lease commands\/chatstack-operator, found nobody/);
    expect(out).toMatch(/✗ operator +system:serviceaccount:commands:default may not get leases, update leases/);
  });

  test('doctor tells of a Secret without a key that pods read', async () => {
    const name = 'acme-reads-nothing';
    const valueFrom = { secretKeyRef: { name: 'nowhere', key: 'word' } };
    await cluster.client.create(builtIn.pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: cluster.namespace,
        labels: { 'app.kubernetes.io/instance': 'acme', 'app.kubernetes.io/managed-by': 'chatstack-operator' },
      },
      spec: { containers: [{ name: 'program', image: 'elsewhere:1', env: [{ name: 'WORD', valueFrom }] }] },
    });
    const { out } = await run('doctor acme');
    await cluster.client.delete(builtIn.pod, { namespace: cluster.namespace, name });
    expect(out).toMatch(/✗ Secrets +expected Secret nowhere, found none/);
  });

  test('upgrade says when there is nothing to do', async () => {
    expect((await run('upgrade acme')).out).toMatch(/nothing to do/);
  });
});

test('a cluster that is not there is exit code 4', async () => {
  const err: string[] = [];
  const machine = {
    version: '',
    display: { columns: 100, isTerminal: false, colours: false },
    listenForStop: () => new AbortController().signal,
    now: () => 0,
    readFile: () => '',
    out: () => undefined,
    err: (text: string) => err.push(text),
    openCluster: () => openCluster({ KUBECONFIG: '/nowhere/config' }, { context: undefined, kubeconfig: undefined }),
    listContexts: async () => [],
  };
  expect(await runCommand(['status', 'acme'], machine)).toBe(4);
  expect(err.join('')).toContain('/nowhere/config');
});
