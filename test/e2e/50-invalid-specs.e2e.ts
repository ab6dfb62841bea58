import { beforeAll, describe, expect, test } from '@jest/globals';
import { failureOf } from './command.ts';
import { readContext, stackNamespace } from './context.ts';
import { conditionOf, type KubernetesObject } from './kubectl.ts';
import { buildStack, ensureStack, replaceSpec, selectorOf, waitForReady, waitForStack } from './stack.ts';
import { tell } from './tell.ts';
import { waitUntil } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);

beforeAll(async () => {
  await ensureStack(context);
});

/** What an author gets to hear who applies this spec. */
async function refusalOf(spec: object): Promise<string> {
  const input = JSON.stringify(buildStack('refused', spec));
  return (await failureOf(namespace.kubectl(['apply', '-f', '-'], { input }))).stderr;
}

/** What the operator decides about the children: specs and configuration, not what the cluster reports. What ends of an earlier change is none. */
async function childrenNow(): Promise<unknown[]> {
  const kinds = 'deployments,statefulsets,services,configmaps,jobs,poddisruptionbudgets,secrets,pods';
  const objects = await namespace.list(kinds, selectorOf(context));
  const staying = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, metadata.generation, data]);
}

describe('the API server refuses', () => {
  const cases: [string, object, RegExp][] = [
    ['an unknown field', { redis: { maxmemory: '1Gi' } }, /unknown field "spec\.redis\.maxmemory"/],
    ['an unknown value', { size: 'giant' }, /spec\.size.*"giant".*small/s],
    ['a wrong type', { service: { replicas: 'many' } }, /spec\.service\.replicas/],
    ['a value out of bounds', { service: { replicas: -1 } }, /spec\.service\.replicas/],
    ['an external Postgres without an address', { postgres: { mode: 'External' } }, /external/],
  ];
  test.each(cases)('%s, naming it', async (_, spec, message) => {
    expect(await refusalOf(spec)).toMatch(message);
  });
});

describe('pools that can not fit', () => {
  test('get a condition with the whole sum, and the running children stay as they are', async () => {
    const before = await childrenNow();
    await namespace.patch('chatstack', context.stackName, { spec: { pgbouncer: { poolSize: 900 } } });
    const refused = (stack: KubernetesObject) => conditionOf(stack, 'BudgetFits')?.status === 'False';
    const stack = await waitForStack(context, 'BudgetFits to be False', refused);
    const message = conditionOf(stack, 'BudgetFits')?.message ?? '';
    tell(`BudgetFits: ${message}`);
    expect(message).toMatch(/900/);
    expect(message).toMatch(/max_connections|maxConnections/);
    expect(await childrenNow()).toEqual(before);
  });

  test('are forgotten when the spec is right again', async () => {
    await replaceSpec(context, {});
    const stack = await waitForReady(context);
    expect(conditionOf(stack, 'BudgetFits')?.status).toBe('True');
  });
});

test('a smaller volume than there is gets refused, and the volume stays as it is', async () => {
  const claim = async () => (await namespace.list('persistentvolumeclaims', selectorOf(context)))[0]?.spec.resources;
  const before = await claim();
  const patch = JSON.stringify({ spec: { postgres: { storage: { size: '1Gi' } } } });
  const args = ['patch', 'chatstack', context.stackName, '--type=merge', '-p', patch];
  expect((await failureOf(namespace.kubectl(args))).stderr).toMatch(/storage\.size.*shrink/);
  expect(await claim()).toEqual(before);
});

test('a missing Secret gets a condition that names it, and nothing is made', async () => {
  const name = 'orphan';
  const external = { host: 'postgres.example.org', database: 'chat', secretRef: { name: 'not-there' } };
  await namespace.apply(buildStack(name, { postgres: { mode: 'External', external } }));
  const target = { namespace, resource: 'chatstacks', name };
  const told = ([stack]: KubernetesObject[]) => JSON.stringify(stack?.status?.conditions ?? '').includes('not-there');
  const [stack] = await waitUntil('a condition that names the Secret', target, told);
  expect(conditionOf(stack, 'Ready')?.status).toBe('False');
  expect(await namespace.list('deployments,statefulsets,jobs', `app.kubernetes.io/instance=${name}`)).toEqual([]);
  await namespace.kubectl(['delete', 'chatstack', name, '--timeout=180s']);
});
