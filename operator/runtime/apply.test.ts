import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  type Applied,
  type Applier,
  createApplier,
  InvalidManifestError,
  ObjectGoingError,
  ObjectNotOursError,
} from './apply.ts';
import { createCache } from './cache.ts';
import { connectPlainly } from './cluster-connection.ts';
import { createInformer, type Informer } from './informer.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { buildControllerReference, type KubernetesObject, keyOf } from './object.ts';
import { reflectorLimits } from './reflector.ts';
import { builtIn, type Resource } from './resource.ts';
import { startTestingProxy, type TestingProxy } from './testing-proxy.ts';

const annotation = 'example.dev/applied';
const labels = { test: 'apply' };
const thing: Resource = { apiVersion: 'example.dev/v1', kind: 'Thing', plural: 'things', namespaced: true };
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              status: {
                type: 'object',
                properties: { pools: { type: 'integer' }, note: { type: 'string' }, kept: { type: 'string' } },
              },
            },
          },
        },
      },
    ],
  },
};

function deployment(name: string, cpu = '1000m'): KubernetesObject {
  const app = { app: name };
  const container = {
    name: 'main',
    image: 'example.dev/main:1',
    env: [{ name: 'A', value: '1' }],
    ports: [{ name: 'http', containerPort: 80 }],
    resources: { requests: { cpu, memory: '1024Mi' } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: app },
      template: { metadata: { labels: app }, spec: { containers: [container] } },
    },
  };
}

describeWithApiServer('an applier', (server) => {
  let proxy: TestingProxy;
  let client: KubernetesClient;
  /** kubectl edit: another field manager. */
  let stranger: KubernetesClient;
  let informers: Map<Resource, Informer>;
  let applier: Applier;
  const abort = new AbortController();

  function buildApplier(): Applier {
    return createApplier({
      client,
      resources: [builtIn.configMap, builtIn.deployment, thing],
      annotation,
      cacheOf: (resource) => informers.get(resource)?.cache,
    });
  }

  beforeAll(async () => {
    await server().kubectl(['apply', '-f', '-'], JSON.stringify(definition));
    await server().awaitEstablished('things.example.dev');
    proxy = await startTestingProxy(server());
    client = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'test-operator' });
    stranger = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'stranger' });
    const selection = { labels };
    const limits = { ...reflectorLimits, backOff: { firstMilliseconds: 1, longestMilliseconds: 20 } };
    informers = new Map(
      [builtIn.configMap, builtIn.deployment, thing].map((resource) => [
        resource,
        createInformer({ client, resource, selection, limits }),
      ]),
    );
    for (const informer of informers.values()) {
      informer.run(abort.signal);
    }
    await Promise.all([...informers.values()].map((informer) => informer.synced()));
    applier = buildApplier();
  });
  afterAll(async () => {
    abort.abort();
    await proxy?.close();
  });
  beforeEach(() => {
    proxy.seen.length = 0;
  });

  /** Resolves when the informer's cache shows what the test waits for. */
  function shown(resource: Resource, name: string, accepts: (object: KubernetesObject | undefined) => boolean) {
    const informer = informers.get(resource) as Informer;
    const look = () => accepts(informer.cache.get({ namespace: 'default', name }));
    return new Promise<void>((resolve) => {
      if (look()) {
        resolve();
        return;
      }
      const stop = informer.onChange(() => {
        if (look()) {
          stop();
          resolve();
        }
      });
    });
  }

  test('sends one request for a new object and none for an unchanged one', async () => {
    expect((await applier.apply(deployment('new'))).action).toBe('created');
    expect(proxy.seen.filter((each) => !each.isWatch).map((each) => each.method)).toEqual(['PATCH']);
    for (let round = 0; round < 5; round += 1) {
      expect((await applier.apply(deployment('new'))).action).toBe('unchanged');
    }
    expect(proxy.seen.filter((each) => !each.isWatch)).toHaveLength(1);
  });

  test('knows its own write although the watch does not tell of it', async () => {
    const cut = proxy.next((each) => each.isWatch);
    proxy.fault = (each) => (each.isWatch ? { status: 500 } : undefined);
    proxy.cutWatches();
    await cut;
    proxy.seen.length = 0;
    await applier.apply(deployment('blind'));
    expect((await applier.apply(deployment('blind'))).action).toBe('unchanged');
    expect(proxy.seen.filter((each) => !each.isWatch)).toHaveLength(1);
    proxy.fault = () => undefined;
  });

  test('does not loop on a quantity that the server writes otherwise, and repairs it when changed by hand', async () => {
    const { object } = await applier.apply(deployment('quantity'));
    expect(JSON.stringify(object)).toContain('"cpu":"1"');
    await applier.apply(deployment('quantity'));
    expect(proxy.writes()).toHaveLength(1);
    const by = {
      spec: { template: { spec: { containers: [{ ...containerOf(object), resources: { requests: { cpu: '3' } } }] } } },
    };
    await stranger.patch(builtIn.deployment, keyOf(object), by);
    await shown(builtIn.deployment, 'quantity', (each) => JSON.stringify(each).includes('"cpu":"3"'));
    const repaired = await applier.apply(deployment('quantity'));
    expect(repaired.action).toBe('repaired');
    expect(repaired.repairedPaths).toContain('spec.template.spec.containers[main].resources.requests.cpu');
    expect(JSON.stringify(repaired.object)).toContain('"cpu":"1"');
    expect((await applier.apply(deployment('quantity'))).action).toBe('unchanged');
    expect(proxy.writes()).toHaveLength(3);
  });

  test('costs one apply that changes nothing after a restart, when the server writes a value otherwise', async () => {
    await applier.apply(deployment('restart'));
    const later = buildApplier();
    expect((await later.apply(deployment('restart'))).action).toBe('unchanged');
    expect((await later.apply(deployment('restart'))).action).toBe('unchanged');
    expect(proxy.writes()).toHaveLength(2);
    await later.apply(deployment('canonical', '1'));
  });

  test('takes back fields of ours that were changed by hand, and leaves those of others', async () => {
    const { object } = await applier.apply(deployment('hand'));
    const template = { metadata: { annotations: { theirs: 'yes' } } };
    await stranger.patch(builtIn.deployment, keyOf(object), { spec: { replicas: 7, paused: true, template } });
    await shown(builtIn.deployment, 'hand', (each) => specOf(each).replicas === 7);
    const repaired: Applied = await applier.apply(deployment('hand'));
    expect(repaired).toMatchObject({ action: 'repaired', repairedPaths: ['spec.replicas'] });
    expect(specOf(repaired.object)).toMatchObject({ replicas: 2, paused: true, template });
  });

  test('compares what the cache of a kind keeps, and repairs what it keeps as a digest', async () => {
    const lengths = (object: KubernetesObject): KubernetesObject => ({
      ...object,
      data: Object.fromEntries(Object.entries(object.data ?? {}).map(([name, text]) => [name, String(text.length)])),
    });
    const cache = createCache({ labels, transform: lengths });
    const sparing = createApplier({ client, resources: [builtIn.configMap], annotation, cacheOf: () => cache });
    const metadata = { name: 'long', namespace: 'default', labels };
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { file: 'long '.repeat(100) } };
    await sparing.apply(manifest);
    expect(cache.get(keyOf(manifest))?.data).toEqual({ file: '500' });
    expect((await sparing.apply(manifest)).action).toBe('unchanged');
    cache.put(await stranger.patch(builtIn.configMap, keyOf(manifest), { data: { file: 'edited' } }));
    const { action, repairedPaths, object } = await sparing.apply(manifest);
    expect([action, repairedPaths]).toEqual(['repaired', ['data.file']]);
    expect(object.data).toEqual(manifest.data);
    expect((await sparing.apply(manifest)).action).toBe('unchanged');
    expect(proxy.writes()).toHaveLength(3);
  });

  test('what it reads because its cache lacks it is kept as the cache keeps it', async () => {
    const lengths = (object: KubernetesObject): KubernetesObject => ({ ...object, data: { kept: 'so' } });
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', namespace: 'default', labels },
      data: { file: 'text' },
    };
    await applier.apply(manifest);
    const cache = createCache({ labels, transform: lengths });
    const blind = createApplier({ client, resources: [builtIn.configMap], annotation, cacheOf: () => cache });
    expect((await blind.apply(manifest)).action).toBe('unchanged');
    expect(cache.get(keyOf(manifest))?.data).toEqual({ kept: 'so' });
    proxy.seen.length = 0;
    expect((await blind.apply(manifest)).action).toBe('unchanged');
    expect(proxy.seen.filter((each) => !each.isWatch)).toEqual([]);
  });

  test('removes what the manifest no longer says', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'less', namespace: 'default', labels } };
    await applier.apply({ ...map, data: { a: '1', b: '2' } });
    const { object, action } = await applier.apply({ ...map, data: { a: '1' } });
    expect(action).toBe('updated');
    expect(object.data).toEqual({ a: '1' });
  });

  test('owns every field of what it created by apply, so that others see whose they are', async () => {
    const { object } = await applier.apply(deployment('owner'));
    const managers = object.metadata.managedFields as { manager: string; operation: string; fieldsV1: object }[];
    expect(managers.map(({ manager, operation }) => [manager, operation])).toEqual([['test-operator', 'Apply']]);
    expect(JSON.stringify(managers[0]?.fieldsV1)).toContain('f:replicas');
    expect(JSON.stringify(managers[0]?.fieldsV1)).not.toContain('f:resourceVersion');
  });

  test("an object that its cache does not show is written only when it is found to be nobody else's", async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'unseen', namespace: 'default', labels } };
    const [mine, other] = await Promise.all(['me', 'them'].map((name) => client.create(thing, buildThing(name))));
    const owned = (owner: KubernetesObject | undefined, data: object): KubernetesObject => {
      const ownerReferences = [buildControllerReference(owner as KubernetesObject)];
      return { ...map, metadata: { ...map.metadata, ownerReferences }, data };
    };
    // Without our label no watch shows it.
    const { labels: _, ...unlabelled } = owned(other, {}).metadata;
    await stranger.create(builtIn.configMap, { ...owned(other, { a: 'theirs' }), metadata: unlabelled });
    await expect(applier.apply(owned(mine, { a: 'ours' }))).rejects.toThrow(ObjectNotOursError);
    expect((await stranger.get(builtIn.configMap, keyOf(map))).data).toEqual({ a: 'theirs' });

    await stranger.delete(builtIn.configMap, keyOf(map));
    await stranger.create(builtIn.configMap, { ...map, metadata: { name: 'unseen', namespace: 'default' } });
    proxy.seen.length = 0;
    const adopted = await applier.apply(owned(mine, { a: 'ours' }));
    expect([adopted.action, adopted.object.data]).toEqual(['adopted', { a: 'ours' }]);
    expect(proxy.seen.filter((each) => !each.isWatch).map((each) => each.method)).toEqual(['PATCH', 'GET', 'PATCH']);
  });

  test('an answer that was lost makes nothing twice: what is found then is ours already', async () => {
    const lost = proxy.next((each) => each.method === 'PATCH');
    proxy.fault = (each) => (each.method === 'PATCH' ? 'lost answer' : undefined);
    const failed = applier.apply(deployment('lost')).catch((error: unknown) => error);
    await lost;
    expect(await failed).toBeInstanceOf(Error);
    proxy.fault = () => undefined;
    // Another process, whose watch has not shown it.
    const blind = createApplier({
      client,
      resources: [builtIn.deployment],
      annotation,
      cacheOf: () => createCache({ labels }),
    });
    const { metadata } = await client.get(builtIn.deployment, { namespace: 'default', name: 'lost' });
    const { object } = await blind.apply(deployment('lost'));
    expect([object.metadata.uid, object.metadata.generation]).toEqual([metadata.uid, 1]);
  });

  test('makes an object again that was deleted by hand', async () => {
    const { object } = await applier.apply(deployment('deleted'));
    await stranger.delete(builtIn.deployment, keyOf(object));
    await shown(builtIn.deployment, 'deleted', (each) => each === undefined);
    expect((await applier.apply(deployment('deleted'))).action).toBe('created');
  });

  test('adopts an object that nobody controls, but not one that another controller owns', async () => {
    const [mine, other] = await Promise.all(['mine', 'other'].map((name) => client.create(thing, buildThing(name))));
    const owned = (name: string, owner: KubernetesObject): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default', labels, ownerReferences: [buildControllerReference(owner)] },
      data: { from: owner.metadata.name },
    });
    const { ownerReferences: _, ...free } = owned('free', mine as KubernetesObject).metadata;
    await stranger.create(builtIn.configMap, { ...owned('free', mine as KubernetesObject), metadata: free });
    const adopted = await applier.apply(owned('free', mine as KubernetesObject));
    expect([adopted.action, adopted.object.metadata.ownerReferences?.length]).toEqual(['adopted', 1]);
    expect((await applier.apply(owned('free', mine as KubernetesObject))).action).toBe('unchanged');
    await stranger.create(builtIn.configMap, owned('taken', other as KubernetesObject));
    await shown(builtIn.configMap, 'taken', (each) => each !== undefined);
    proxy.seen.length = 0;
    const refused = applier.apply(owned('taken', mine as KubernetesObject));
    await expect(refused).rejects.toThrow(ObjectNotOursError);
    await expect(refused).rejects.toThrow(
      'ConfigMap default/taken: expected Thing mine as its controller, found Thing other',
    );
    expect(proxy.writes()).toHaveLength(0);
    const reborn = { ...(other as KubernetesObject), metadata: { name: 'other', uid: 'another' } };
    await expect(applier.apply(owned('taken', reborn))).rejects.toThrow(ObjectGoingError);
  });

  test('waits for an object that is being deleted instead of applying it', async () => {
    const metadata = { name: 'going', namespace: 'default', labels, finalizers: ['example.dev/hold'] };
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    await applier.apply(manifest);
    await stranger.delete(builtIn.configMap, keyOf(manifest));
    await shown(builtIn.configMap, 'going', (each) => each?.metadata.deletionTimestamp !== undefined);
    await expect(applier.apply(manifest)).rejects.toMatchObject({ outcome: { kind: 'waiting' } });
    await stranger.patch(builtIn.configMap, keyOf(manifest), { metadata: { finalizers: null } });
  });

  test('stalls on a manifest that the server refuses, with what it says', async () => {
    const bad = deployment('bad');
    const refused = applier.apply({ ...bad, spec: { ...specOf(bad), replicas: -1 } });
    await expect(refused).rejects.toThrow(InvalidManifestError);
    await expect(refused).rejects.toMatchObject({ outcome: { kind: 'stalled' } });
    await expect(refused).rejects.toThrow('spec.replicas');
  });

  test('writes a status once, clears what it no longer says, and sends nothing when it is equal', async () => {
    const live = await client.create(thing, buildThing('status'));
    const first = await applier.applyStatus(live, { pools: 3, note: 'x' });
    expect(first).toMatchObject({ action: 'updated', object: { status: { pools: 3, note: 'x' } } });
    expect((await applier.applyStatus(first.object, { note: 'x', pools: 3 })).action).toBe('unchanged');
    const second = await applier.applyStatus(first.object, { pools: 4 });
    expect(second.object.status).toEqual({ pools: 4 });
    await stranger.patch(thing, keyOf(live), { status: { kept: 'theirs' } }, 'status');
    const theirs = await client.get(thing, keyOf(live));
    await applier.applyStatus(theirs, { pools: 4 });
    proxy.seen.length = 0;
    expect((await applier.applyStatus(theirs, { pools: 4 })).action).toBe('unchanged');
    expect(proxy.writes()).toHaveLength(0);
  });
});

function buildThing(name: string): KubernetesObject {
  return { apiVersion: thing.apiVersion, kind: 'Thing', metadata: { name, namespace: 'default', labels }, spec: {} };
}

function specOf(object: KubernetesObject | undefined): Record<string, unknown> {
  return (object?.spec ?? {}) as Record<string, unknown>;
}

function containerOf(object: KubernetesObject): object {
  const { template } = object.spec as { template: { spec: { containers: object[] } } };
  return template.spec.containers[0] ?? {};
}
