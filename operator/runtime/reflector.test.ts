import { setTimeout as later } from 'node:timers/promises';
import { type ApiServer, describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { CacheChange } from './cache.ts';
import { connectPlainly } from './cluster-connection.ts';
import { createInformer, type Informer } from './informer.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { createRuntimeMetrics } from './metrics.ts';
import type { KubernetesObject } from './object.ts';
import { type ReflectorLimits, reflectorLimits } from './reflector.ts';
import { builtIn } from './resource.ts';
import { startTestingProxy, type TestingProxy } from './testing-proxy.ts';

const labels = { test: 'reflector' };
const quick: ReflectorLimits = { ...reflectorLimits, backOff: { firstMilliseconds: 1, longestMilliseconds: 20 } };

function configMap(name: string, data: Record<string, string> = {}, marked = true): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...(marked && { labels }) },
    data,
  };
}

describeWithApiServer('a reflector', (server) => {
  let proxy: TestingProxy;
  let client: KubernetesClient;
  let abort: AbortController;
  let running: Promise<void> | undefined;
  const metrics = createRuntimeMetrics();

  beforeAll(async () => {
    proxy = await startTestingProxy(server());
    client = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'test', metrics });
  });
  afterAll(() => proxy?.close());
  beforeEach(() => {
    abort = new AbortController();
    proxy.seen.length = 0;
  });
  afterEach(async () => {
    proxy.fault = () => undefined;
    abort.abort();
    await running;
    for (const { metadata } of (await client.list(builtIn.configMap, { labels })).items) {
      await client.delete(builtIn.configMap, { namespace: 'default', name: metadata.name });
    }
  });

  function start(limits = quick): {
    informer: Informer;
    changes: CacheChange[];
    change: (name: string) => Promise<CacheChange>;
  } {
    const informer = createInformer({ client, resource: builtIn.configMap, selection: { labels }, limits });
    const changes: CacheChange[] = [];
    informer.onChange((each) => changes.push(each));
    running = informer.run(abort.signal);
    const change = (name: string): Promise<CacheChange> =>
      new Promise((resolve) => {
        const stop = informer.onChange((each) => {
          if (each.object.metadata.name === name) {
            stop();
            resolve(each);
          }
        });
      });
    return { informer, changes, change };
  }

  const lists = (): number => proxy.seen.filter((each) => each.path.includes('limit=')).length;

  test('lists, then follows changes of what is selected, and of nothing else', async () => {
    await client.create(builtIn.configMap, configMap('before'));
    const { informer, changes, change } = start();
    expect(informer.hasSynced).toBe(false);
    await informer.synced();
    expect(informer.hasSynced).toBe(true);
    expect(informer.cache.get({ namespace: 'default', name: 'before' })).toMatchObject({ kind: 'ConfigMap' });
    await client.create(builtIn.configMap, configMap('stranger', {}, false));
    const added = change('after');
    await client.create(builtIn.configMap, configMap('after'));
    expect(await added).toMatchObject({ type: 'added' });
    const updated = change('after');
    await client.patch(builtIn.configMap, { namespace: 'default', name: 'after' }, { data: { a: '1' } });
    expect(await updated).toMatchObject({ type: 'updated', object: { data: { a: '1' } } });
    const deleted = change('before');
    await client.delete(builtIn.configMap, { namespace: 'default', name: 'before' });
    expect(await deleted).toMatchObject({ type: 'deleted' });
    expect(changes.map(({ object }) => object.metadata.name)).not.toContain('stranger');
    expect(informer.cache.list()[0]?.metadata.managedFields).toBeUndefined();
    await client.delete(builtIn.configMap, { namespace: 'default', name: 'stranger' });
  });

  test('resumes where it was after its connection is cut, without listing again or missing anything', async () => {
    const watching = proxy.next((each) => each.isWatch);
    const { informer, change } = start();
    await watching;
    const first = change('one');
    await client.create(builtIn.configMap, configMap('one'));
    await first;
    const second = change('two');
    proxy.fault = (each) => (each.isWatch ? { status: 500 } : undefined);
    proxy.cutWatches();
    await client.create(builtIn.configMap, configMap('two'));
    proxy.fault = () => undefined;
    expect(await second).toMatchObject({ type: 'added' });
    expect(lists()).toBe(1);
    expect(informer.cache.size).toBe(2);
  });

  test.each([
    ['410 as an answer', (faulty: TestingProxy) => answerNextWatch(faulty, 410)],
    [
      '410 within the stream',
      (faulty: TestingProxy) =>
        faulty.injectLine(JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })),
    ],
  ])('lists again after %s, and finds what it missed', async (_name, fail) => {
    const watching = proxy.next((each) => each.isWatch);
    const { change } = start();
    await watching;
    const settled = change('settled');
    await client.create(builtIn.configMap, configMap('settled'));
    await settled;
    const again = proxy.next((each) => each.path.includes('limit='));
    fail(proxy);
    await again;
    const added = change('later');
    await client.create(builtIn.configMap, configMap('later'));
    expect(await added).toMatchObject({ type: 'added' });
    expect(lists()).toBe(2);
  });

  test('lists from the beginning after 410 between two pages, and then shows everything once', async () => {
    const names = Array.from({ length: 101 }, (_, index) => `paged-${index}`);
    await Promise.all(names.map((name) => client.create(builtIn.configMap, configMap(name))));
    proxy.seen.length = 0;
    proxy.fault = (each) => {
      const isFirstOfRest = each.path.includes('continue=') && pages().length === 2;
      return isFirstOfRest ? { status: 410, body: JSON.stringify({ kind: 'Status', reason: 'Expired' }) } : undefined;
    };
    const pages = () => proxy.seen.filter((each) => each.path.includes('limit='));
    const { informer, changes } = start({
      ...quick,
      backOff: { firstMilliseconds: 60_000, longestMilliseconds: 60_000 },
    });
    await informer.synced();
    expect(pages().map(({ path }) => path.includes('continue='))).toEqual([false, true, false, true]);
    expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`).toSorted()).toEqual(
      names.map((name) => `added ${name}`).toSorted(),
    );
  });

  test('goes on after a first list that fails, a server that answers 500 and 429, and one that is not there', async () => {
    let failures = 0;
    proxy.fault = (each) => {
      if (each.method !== 'GET' || failures >= 6) {
        return undefined;
      }
      failures += 1;
      return ([{ status: 500 }, 'cut', { status: 429, headers: { 'retry-after': '0' } }] as const)[failures % 3];
    };
    const { informer, change } = start();
    await informer.synced();
    expect(failures).toBe(6);
    proxy.fault = (each) => (each.isWatch && failures++ < 12 ? { status: 500 } : undefined);
    const added = change('after');
    proxy.cutWatches();
    await client.create(builtIn.configMap, configMap('after'));
    expect(await added).toMatchObject({ type: 'added' });
  });

  test('gives up a watch that is silent for too long', async () => {
    const { informer, change } = start({ ...quick, idleMilliseconds: 1_000 });
    await informer.synced();
    const silent = proxy.next((each) => each.isWatch);
    await silent;
    const again = proxy.next((each) => each.isWatch);
    await again;
    const added = change('after');
    await client.create(builtIn.configMap, configMap('after'));
    expect(await added).toMatchObject({ type: 'added' });
    expect(lists()).toBe(1);
  });

  test('survives a crash of the API server', async () => {
    const api: ApiServer = server();
    const { informer, change } = start();
    await informer.synced();
    await api.restart();
    const added = change('after');
    await client.create(builtIn.configMap, configMap('after'));
    expect(await added).toMatchObject({ type: 'added' });
  });

  test('ends at abort, at once', async () => {
    const watching = proxy.next((each) => each.isWatch);
    start();
    await watching;
    abort.abort();
    const winner = await Promise.race([running?.then(() => 'ended'), later(20_000, 'late', { ref: false })]);
    expect(winner).toBe('ended');
  });

  test('counts its requests', async () => {
    start();
    await proxy.next((each) => each.isWatch);
    expect(await metrics.registry.metrics()).toMatch(/rest_client_requests_total\{method="GET",code="200"\} \d+/);
  });
});

function answerNextWatch(proxy: TestingProxy, status: number): void {
  let answered = false;
  proxy.fault = (each) => {
    if (answered || !each.isWatch) {
      return undefined;
    }
    answered = true;
    return { status, body: JSON.stringify({ kind: 'Status', reason: 'Expired', message: 'too old' }) };
  };
  proxy.cutWatches();
}
