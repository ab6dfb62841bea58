import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApplier } from './apply.ts';
import { connectPlainly } from './cluster-connection.ts';
import { type Controller, createController } from './controller.ts';
import { createEventRecorder, type EventRecorder } from './events.ts';
import { createInformer, type Informer } from './informer.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { mapToController, mapToSelf } from './mapping.ts';
import { buildControllerReference, type KubernetesObject, keyOf, type ObjectKey } from './object.ts';
import { done } from './outcome.ts';
import { reflectorLimits } from './reflector.ts';
import { builtIn } from './resource.ts';
import { startTestingProxy, type TestingProxy } from './testing-proxy.ts';

/** Each Secret labelled as a primary gets a ConfigMap child with a copy of its label `wanted`. */
const primaryLabels = { role: 'primary' };
const childLabels = { role: 'child' };
const name = (index: number): string => `stack-${index}`;
const count = 20;

describeWithApiServer('a control loop', (server) => {
  let proxy: TestingProxy;
  let client: KubernetesClient;
  let primaries: Informer;
  let children: Informer;
  let controller: Controller;
  let recorder: EventRecorder;
  let running: Promise<void>;
  const abort = new AbortController();
  const listeners = new Set<(key: ObjectKey) => void>();

  beforeAll(async () => {
    proxy = await startTestingProxy(server());
    client = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'loop' });
    recorder = createEventRecorder({ client, controller: 'example.dev/loop', instance: 'test' });
    const limits = { ...reflectorLimits, backOff: { firstMilliseconds: 1, longestMilliseconds: 50 } };
    primaries = createInformer({ client, resource: builtIn.secret, selection: { labels: primaryLabels }, limits });
    children = createInformer({ client, resource: builtIn.configMap, selection: { labels: childLabels }, limits });
    const applier = createApplier({
      client,
      resources: [builtIn.configMap],
      annotation: 'example.dev/applied',
      cacheOf: () => children.cache,
    });
    controller = createController({
      name: 'loop',
      sources: [
        { informer: primaries, map: mapToSelf },
        { informer: children, map: mapToController(builtIn.secret) },
      ],
      async reconcile(key) {
        const primary = primaries.cache.get(key);
        if (primary !== undefined) {
          const { action } = await applier.apply(buildChild(primary));
          if (action === 'repaired') {
            recorder.record(primary, 'Warning', 'Repaired', `ConfigMap ${key.name} had been changed`);
          }
        }
        for (const listener of listeners) {
          listener(key);
        }
        return done;
      },
      backOff: { firstMilliseconds: 1, longestMilliseconds: 50 },
    });
    running = controller.run(abort.signal);
  });
  afterAll(async () => {
    abort.abort();
    await running;
    await proxy?.close();
  });

  /** Resolves when the condition holds after some reconcile. */
  function reconciled(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds()) {
          listeners.delete(look);
          resolve();
        }
      };
      listeners.add(look);
      look();
    });
  }

  const childOf = (index: number) => children.cache.get({ namespace: 'default', name: name(index) });
  const childrenAre = (wanted: string) => (): boolean =>
    Array.from({ length: count }, (_each, index) => childOf(index)).every((child) => dataOf(child).wanted === wanted);

  async function reconcileAll(): Promise<void> {
    const left = new Set(Array.from({ length: count }, (_each, index) => name(index)));
    const finished = new Promise<void>((resolve) => {
      const listener = (key: ObjectKey): void => {
        left.delete(key.name);
        if (left.size === 0) {
          listeners.delete(listener);
          resolve();
        }
      };
      listeners.add(listener);
    });
    for (const each of left) {
      controller.enqueue({ namespace: 'default', name: each });
    }
    await finished;
  }

  test('makes one child per primary with one write each, and then neither writes nor reads', async () => {
    await Promise.all(Array.from({ length: count }, (_each, index) => client.create(builtIn.secret, primary(index))));
    await reconciled(childrenAre('1'));
    expect(proxy.writes().filter(({ method }) => method === 'PATCH')).toHaveLength(count);
    proxy.seen.length = 0;
    await reconcileAll();
    expect(proxy.seen).toEqual([]);
  });

  test('repairs a child that was changed by hand, and one that was deleted, and tells it by Event', async () => {
    const [edited, deleted] = [childOf(3)?.metadata.resourceVersion, childOf(4)?.metadata.uid];
    await client.patch(builtIn.configMap, { namespace: 'default', name: name(3) }, { data: { wanted: 'wrong' } });
    await client.delete(builtIn.configMap, { namespace: 'default', name: name(4) });
    await reconciled(() => childOf(4) !== undefined && childOf(4)?.metadata.uid !== deleted);
    await reconciled(() => dataOf(childOf(3)).wanted === '1' && childOf(3)?.metadata.resourceVersion !== edited);
    await recorder.flush();
    const events = await client.list(builtIn.event, { namespace: 'default' });
    // The API server tells things of its own, such as an address of its Service that it allocated again.
    const told = events.items.filter(({ action }) => action !== 'ClusterIPAllocation');
    expect(told).toEqual([
      expect.objectContaining({ reason: 'Repaired', regarding: expect.objectContaining({ name: name(3) }) }),
    ]);
  });

  test('comes to the same children through cuts, 500, 429 and lost answers, and then writes nothing', async () => {
    let faults = 0;
    proxy.fault = ({ method }) => {
      if (method === 'GET' && faults % 7 === 0) {
        proxy.cutWatches();
      }
      faults += 1;
      const all = [
        { status: 500 },
        undefined,
        'cut',
        'lost answer',
        { status: 429, headers: { 'retry-after': '0' } },
      ] as const;
      return method === 'PATCH' || method === 'GET' ? all[faults % all.length] : undefined;
    };
    const stranger = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'person' });
    const replaced = (index: number) => stranger.replace(builtIn.secret, primary(index, '2'));
    await Promise.all(Array.from({ length: count }, (_each, index) => replaced(index)));
    await reconciled(childrenAre('2'));
    expect(faults).toBeGreaterThan(count);
    proxy.fault = () => undefined;
    await reconcileAll();
    proxy.seen.length = 0;
    await reconcileAll();
    expect(proxy.writes()).toEqual([]);
    const { items } = await client.list(builtIn.configMap, { labels: childLabels });
    expect(items.map((each) => [each.metadata.name, dataOf(each).wanted]).sort()).toEqual(
      Array.from({ length: count }, (_each, index) => [name(index), '2']).sort(),
    );
  });
});

function primary(index: number, wanted = '1'): KubernetesObject {
  const metadata = { name: name(index), namespace: 'default', labels: { ...primaryLabels, wanted } };
  return { apiVersion: 'v1', kind: 'Secret', metadata };
}

function buildChild(owner: KubernetesObject): KubernetesObject {
  const ownerReferences = [buildControllerReference(owner)];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...keyOf(owner), labels: childLabels, ownerReferences },
    data: { wanted: owner.metadata.labels?.wanted },
  };
}

function dataOf(object: KubernetesObject | undefined): Record<string, unknown> {
  return (object?.data ?? {}) as Record<string, unknown>;
}
