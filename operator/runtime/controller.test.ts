import { describe, expect, test } from '@jest/globals';
import { ApiError } from './api-error.ts';
import type { CacheChange } from './cache.ts';
import { createController, type Reconcile } from './controller.ts';
import { createInformer } from './informer.ts';
import type { WatchEvent } from './kubernetes-client.ts';
import { createManualClock } from './manual-clock.ts';
import { mapToController, mapToLabel, mapToSelf } from './mapping.ts';
import { createRuntimeMetrics } from './metrics.ts';
import type { KubernetesObject, ObjectKey } from './object.ts';
import { done, HandledError, type Outcome, stalled, waiting } from './outcome.ts';
import { builtIn, type Resource } from './resource.ts';

const thing: Resource = { apiVersion: 'example.dev/v1', kind: 'Thing', plural: 'things', namespaced: true };

function buildThing(name: string, resourceVersion = '1', generation = 1): KubernetesObject {
  return { ...thing, metadata: { name, namespace: 'here', uid: `uid-${name}`, resourceVersion, generation } };
}

/** A server that lists what it is given and sends what it is told to. */
function createSource(items: KubernetesObject[], resource = thing) {
  let send: (event: WatchEvent) => void = () => undefined;
  const opened = Promise.withResolvers<void>();
  const informer = createInformer({
    resource,
    client: {
      async *listPages() {
        yield { items, resourceVersion: '10' };
      },
      async *watch(_resource, { signal }) {
        for (;;) {
          const next = Promise.withResolvers<WatchEvent | undefined>();
          send = next.resolve;
          signal.addEventListener('abort', () => next.resolve(undefined), { once: true });
          opened.resolve();
          const event = await next.promise;
          if (event === undefined) {
            return;
          }
          yield event;
        }
      },
    },
  });
  const change = (): Promise<CacheChange> => new Promise((resolve) => informer.onChange(resolve));
  return {
    informer,
    async send(event: WatchEvent): Promise<void> {
      await opened.promise;
      const seen = change();
      send(event);
      await seen;
    },
  };
}

const generationChanged = (previous: KubernetesObject, current: KubernetesObject): boolean =>
  previous.metadata.generation !== current.metadata.generation;

type Result = Outcome | Error | Promise<Outcome>;

/** A controller over `sources` whose reconciles end as the test says; `called(n)` resolves at the nth call. */
function setUp(
  answer: (key: ObjectKey, call: number) => Result = () => done,
  source = createSource([buildThing('a')]),
) {
  const clock = createManualClock();
  const metrics = createRuntimeMetrics();
  const calls: ObjectKey[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  const abort = new AbortController();
  const controller = createController({
    name: 'thing',
    sources: [{ informer: source.informer, map: mapToSelf, matters: generationChanged }],
    metrics,
    clock,
    async reconcile(key, { signal }) {
      calls.push(key);
      for (const waiter of waiters) {
        if (calls.length >= waiter.count) {
          waiter.resolve();
        }
      }
      const result = answer(key, calls.length);
      if (result instanceof Error) {
        throw result;
      }
      return Promise.race([
        result,
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]);
    },
  });
  return {
    clock,
    metrics,
    calls,
    abort,
    controller,
    source,
    running: controller.run(abort.signal),
    called: (count: number) => new Promise<void>((resolve) => waiters.push({ count, resolve })),
    /** Resolves when what is under way has come to rest. */
    settle: () => new Promise<void>((resolve) => setImmediate(resolve)),
    value: async (name: string, labels = 'controller="thing"') =>
      Number(
        (await metrics.registry.metrics())
          .split('\n')
          .find((line) => line.startsWith(`${name}{${labels}}`))
          ?.split(' ')[1],
      ),
  };
}

/** A controller with one worker over some things. */
function runAlone(names: readonly string[], reconcile: Reconcile) {
  const { informer } = createSource(names.map((name) => buildThing(name)));
  const abort = new AbortController();
  const sources = [{ informer, map: mapToSelf }];
  const running = createController({ name: 'alone', sources, workers: 1, reconcile }).run(abort.signal);
  return async () => {
    abort.abort();
    await running;
  };
}

describe('a reconcile that waits aside', () => {
  test('holds up no other, however many they are', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const [answered, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stop = runAlone(names, async ({ name }, { aside }) => {
      if (name === 'd') last.resolve();
      else await aside(() => answered.promise);
      return done;
    });
    await last.promise;
    answered.resolve();
    await stop();
  });

  test('for two answers at once makes room for one other alone', async () => {
    const never = Promise.withResolvers<void>();
    const begun: string[] = [];
    const second = Promise.withResolvers<void>();
    const stop = runAlone(['a', 'b', 'c'], async ({ name }, { aside }) => {
      begun.push(name);
      if (name === 'a') await Promise.all([aside(() => never.promise), aside(() => never.promise)]);
      if (name === 'b') second.resolve();
      if (name === 'b') await never.promise;
      return done;
    });
    await second.promise;
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['a', 'b']);
    never.resolve();
    await stop();
  });

  test('takes one place again with its answer, also where that is a failure', async () => {
    const [refused, ended, held] = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const begun: string[] = [];
    const stop = runAlone(['a', 'b', 'c'], async ({ name }, { aside }) => {
      begun.push(name);
      if (name === 'a') await aside(() => refused?.promise as Promise<void>).catch(() => ended?.resolve());
      if (name === 'b') refused?.reject(new Error('no'));
      if (name === 'b') await held?.promise;
      return done;
    });
    await ended?.promise;
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['a', 'b']);
    held?.resolve();
    await stop();
  });
});

describe('a controller', () => {
  test('reconciles everything that exists, then what changes, but not for a status alone', async () => {
    const { calls, called, source, settle, abort, running } = setUp();
    await called(1);
    expect(calls).toEqual([{ namespace: 'here', name: 'a' }]);
    await settle();
    await source.send({ type: 'MODIFIED', object: buildThing('a', '11', 1) });
    await settle();
    expect(calls).toHaveLength(1);
    const second = called(2);
    await source.send({ type: 'MODIFIED', object: buildThing('a', '12', 2) });
    await second;
    const third = called(3);
    await source.send({ type: 'DELETED', object: buildThing('a', '13', 2) });
    await third;
    abort.abort();
    await running;
  });

  test('runs a key again after the time it waits for, and a stalled one only when something changes', async () => {
    const { clock, calls, called, settle, source, abort, running, value } = setUp((_key, call) =>
      call === 1 ? waiting(5000, 'Postgres starts') : stalled('wrong image'),
    );
    await called(1);
    await settle();
    expect(clock.pending()).toEqual([5000]);
    const second = called(2);
    clock.advance(5000);
    await second;
    await settle();
    clock.advance(10_000_000);
    await settle();
    expect(calls).toHaveLength(2);
    expect(await value('controller_runtime_terminal_reconcile_errors_total')).toBe(1);
    const third = called(3);
    await source.send({ type: 'MODIFIED', object: buildThing('a', '12', 2) });
    await third;
    abort.abort();
    await running;
  });

  test('backs off from errors, as long as the server asks, and starts anew after a success', async () => {
    const { clock, called, settle, abort, running, value } = setUp((_key, call) => {
      const answers = [new Error('x'), new Error('x'), new ApiError(429, '', 'slow down', 7000), done, new Error('x')];
      return answers[call - 1] ?? done;
    });
    const delays: (number | undefined)[] = [];
    await called(1);
    for (let call = 2; call <= 4; call += 1) {
      await settle();
      delays.push(clock.pending()[0]);
      const next = called(call);
      clock.advance(delays.at(-1) ?? 0);
      await next;
    }
    await settle();
    expect(delays).toEqual([5, 10, 7000]);
    expect(await value('controller_runtime_reconcile_errors_total')).toBe(3);
    expect(await value('workqueue_retries_total', 'name="thing",controller="thing"')).toBe(3);
    abort.abort();
    await running;
  });

  test('lets an error carry its handling', async () => {
    const { clock, called, settle, abort, running } = setUp(
      () => new HandledError(waiting(60_000, 'taken'), 'Deployment acme is taken'),
    );
    await called(1);
    await settle();
    expect(clock.pending()).toEqual([60_000]);
    abort.abort();
    await running;
  });

  test('survives and counts mistakes of the program', async () => {
    const { called, settle, abort, running, value } = setUp(() => new TypeError('undefined is not a function'));
    await called(1);
    await settle();
    expect(await value('controller_runtime_reconcile_panics_total')).toBe(1);
    expect(await value('controller_runtime_active_workers')).toBe(0);
    abort.abort();
    await running;
  });

  test('works one key at a time and others meanwhile, and reruns once what changed meanwhile', async () => {
    const gate = Promise.withResolvers<Outcome>();
    const source = createSource([buildThing('a'), buildThing('b')]);
    const { calls, called, settle, abort, running, controller } = setUp(
      ({ name }, call) => (name === 'a' && call < 3 ? gate.promise : done),
      source,
    );
    await called(2);
    controller.enqueue({ namespace: 'here', name: 'a' });
    controller.enqueue({ namespace: 'here', name: 'a' });
    await settle();
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b']);
    gate.resolve(done);
    await called(3);
    await settle();
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
    abort.abort();
    await running;
  });

  test('lets running reconciles end when it is stopped, and aborts them after the grace period', async () => {
    const gate = Promise.withResolvers<Outcome>();
    const { called, clock, settle, abort, running, calls, controller, value } = setUp(() => gate.promise);
    await called(1);
    controller.enqueue({ namespace: 'here', name: 'b' }, 100);
    abort.abort();
    await settle();
    expect(clock.pending()).toEqual([20_000]);
    clock.advance(20_000);
    await running;
    expect(calls).toHaveLength(1);
    expect(await value('controller_runtime_active_workers')).toBe(0);
  });

  test('reconciles nothing when it is stopped before the caches are full', async () => {
    const source = createSource([buildThing('a')]);
    const { calls, abort, running } = setUp(() => done, source);
    abort.abort();
    await running;
    expect(calls).toEqual([]);
  });
});

describe('mapping', () => {
  const reference = { apiVersion: 'example.dev/v2', kind: 'Thing', name: 'acme', uid: 'u' };
  const child = (metadata: object): KubernetesObject =>
    ({ ...builtIn.configMap, metadata: { name: 'child', namespace: 'here', ...metadata } }) as KubernetesObject;

  test('finds the controlling owner, in any version of its group', () => {
    const map = mapToController(thing);
    expect(map(child({ ownerReferences: [{ ...reference, controller: true }] }))).toEqual([
      { namespace: 'here', name: 'acme' },
    ]);
    expect(map(child({ ownerReferences: [reference] }))).toEqual([]);
    expect(map(child({ ownerReferences: [{ ...reference, controller: true, kind: 'Other' }] }))).toEqual([]);
    expect(map(child({ ownerReferences: [{ ...reference, controller: true, apiVersion: 'other/v1' }] }))).toEqual([]);
  });

  test('finds the name in a label', () => {
    const map = mapToLabel('app.kubernetes.io/instance');
    expect(map(child({ labels: { 'app.kubernetes.io/instance': 'acme' } }))).toEqual([
      { namespace: 'here', name: 'acme' },
    ]);
    expect(map(child({}))).toEqual([]);
  });
});
