import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { chatStackResource, labels } from './child-kinds.ts';
import { keepOfConfigMap } from './config-maps.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

/** Kinds of a stack's children that are written by apply, whatever its spec says. */
const kinds: readonly Resource[] = [
  builtIn.configMap,
  builtIn.service,
  builtIn.statefulSet,
  builtIn.deployment,
  builtIn.podDisruptionBudget,
  builtIn.networkPolicy,
];

describeWithApiServer('the children of a stack', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'children');
    await cluster.makeReady('whole');
    await cluster.awaitQuiet(300);
  });
  afterAll(() => cluster.close());

  const childrenOf = async (resource: Resource, stack: string): Promise<KubernetesObject[]> =>
    (await cluster.list(resource)).filter(
      ({ metadata }) => metadata.labels?.[labels.instance] === stack && metadata.name !== `${stack}-plan`,
    );

  test.each(kinds.map((resource) => [resource.kind, resource] as const))(
    'every %s: an edited field comes back, what others add stays',
    async (_, resource) => {
      const children = await childrenOf(resource, 'whole');
      expect(children.length).toBeGreaterThan(0);
      for (const child of children) {
        const edit = {
          labels: { [labels.partOf]: 'edited', theirs: 'kept' },
          annotations: { 'example.com/by': 'them' },
        };
        await cluster.client.patch(resource, keyOf(child), { metadata: edit });
        const after = await cluster.awaitObject(
          resource,
          child.metadata.name,
          ({ metadata }) => metadata.labels?.[labels.partOf] === 'chatstack' && metadata.labels.theirs === 'kept',
        );
        expect(after.metadata.annotations).toMatchObject({ 'example.com/by': 'them' });
        expect(after.metadata.uid).toBe(child.metadata.uid);
      }
    },
  );

  test.each(kinds.map((resource) => [resource.kind, resource] as const))(
    'every %s: one that lost the label it is watched by gets it again, a deleted one is made again',
    async (_, resource) => {
      for (const child of await childrenOf(resource, 'whole')) {
        const { name, uid } = child.metadata;
        await cluster.client.patch(resource, keyOf(child), { metadata: { labels: { [labels.managedBy]: null } } });
        await cluster.awaitObject(resource, name, ({ metadata }) => metadata.labels?.[labels.managedBy] !== undefined);
        await cluster.client.delete(resource, keyOf(child));
        await cluster.awaitObject(resource, name, ({ metadata }) => metadata.uid !== uid);
      }
    },
  );

  test('a long file comes back, also when a hand writes what the operator keeps of it', async () => {
    const { data } = await cluster.get(builtIn.configMap, 'whole-prometheus');
    const [file, text] = Object.entries(data as Record<string, string>).toSorted(
      ([, one], [, other]) => other.length - one.length,
    )[0] as [string, string];
    const { resource, key } = cluster.at(builtIn.configMap, 'whole-prometheus');
    const kept = keepOfConfigMap(await cluster.get(resource, key.name)).data as Record<string, string>;
    expect(kept[file]?.length).toBeLessThan(100);
    for (const edited of [`${text}# edited`, kept[file]]) {
      await cluster.client.patch(resource, key, { data: { [file]: edited } });
      await cluster.awaitObject(resource, key.name, (each) => (each.data as Record<string, string>)[file] === text);
    }
    await cluster.awaitEvents('whole', 'Repaired');
  });

  test('edits are told by Events', async () => {
    await cluster.awaitEvents('whole', 'Repaired');
  });

  test('an edited label of the volume comes back; the volume itself and the passwords are left alone', async () => {
    const key = { namespace: cluster.namespace, name: 'whole-postgres' };
    const before = await cluster.get(builtIn.secret, 'whole-credentials');
    await cluster.client.patch(builtIn.persistentVolumeClaim, key, {
      metadata: { labels: { [labels.partOf]: 'edited' } },
    });
    await cluster.awaitObject(
      builtIn.persistentVolumeClaim,
      key.name,
      ({ metadata }) => metadata.labels?.[labels.partOf] === 'chatstack',
    );
    expect((await cluster.get(builtIn.secret, 'whole-credentials')).data).toEqual(before.data);
  });

  test('stacks whose names begin with that of another live side by side, and go alone', async () => {
    await Promise.all(['a', 'a-postgres', 'a-service'].map((name) => cluster.makeReady(name)));
    await cluster.client.delete(chatStackResource, { namespace: cluster.namespace, name: 'a' });
    await cluster.awaitAbsence(chatStackResource, 'a');
    await cluster.awaitQuiet(300);
    for (const name of ['a-postgres', 'a-service']) {
      expect(conditionOf(await cluster.get(chatStackResource, name), 'Ready')?.status).toBe('True');
      expect(await childrenOf(builtIn.deployment, name)).toHaveLength(6);
    }
  });
});
