import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createController } from './controller.ts';
import { createInformer, type Informer } from './informer.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { mapToSelf } from './mapping.ts';
import type { KubernetesObject, ObjectKey } from './object.ts';
import { createOptionalSources, keepOfDefinition, type OptionalSources } from './optional-sources.ts';
import { done } from './outcome.ts';
import { reflectorLimits } from './reflector.ts';
import { builtIn, type Resource } from './resource.ts';

const gadget: Resource = { apiVersion: 'example.dev/v1', kind: 'Gadget', plural: 'gadgets', namespaced: true };
const name = 'gadgets.example.dev';
const limits = { ...reflectorLimits, backOff: { firstMilliseconds: 1, longestMilliseconds: 20 } };

/** The definition of gadgets; each version with whether it is served, the first one is stored. */
function definition(versions: Record<string, boolean>): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: 'example.dev',
      scope: 'Namespaced',
      names: { kind: 'Gadget', plural: 'gadgets' },
      versions: Object.entries(versions).map(([version, served], index) => ({
        name: version,
        served,
        storage: index === 0,
        schema,
      })),
    },
  };
}

describeWithApiServer('sources of kinds that a cluster may serve', (server) => {
  let client: KubernetesClient;
  let definitions: Informer;
  let optional: OptionalSources;
  let stop: AbortController;
  let running: Promise<void>;
  let reconciled: ObjectKey[];
  let look: () => void;

  beforeAll(async () => {
    client = createKubernetesClient({ connection: await readKubeconfig([server().kubeconfig]), fieldManager: 'test' });
  });
  beforeEach(async () => {
    reconciled = [];
    look = () => {};
    stop = new AbortController();
    definitions = createInformer({
      client,
      resource: builtIn.customResourceDefinition,
      transform: keepOfDefinition,
      limits,
    });
    const buildSource = (resource: Resource) => {
      const informer = createInformer({ client, resource, limits });
      informer.onChange(() => look());
      informer.synced().then(() => look());
      return { informer, map: mapToSelf };
    };
    optional = createOptionalSources({ definitions, resources: [gadget], buildSource });
    const controller = createController({
      name: 'gadget',
      sources: [{ informer: definitions, map: () => [] }],
      async reconcile(key) {
        reconciled.push(key);
        look();
        return done;
      },
    });
    optional.follow((source, served) => controller.addSource(source, served));
    definitions.onChange(() => look());
    running = controller.run(stop.signal);
    await definitions.synced();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  /** Resolves when a change made it so. */
  const becomes = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => holds() && resolve();
      look();
    });
  const isServed = () => optional.served().has(name);
  const names = () =>
    optional
      .cacheOf(gadget)
      ?.list()
      .map(({ metadata }) => metadata.name);
  const create = (each: string) =>
    client.create(gadget, {
      apiVersion: gadget.apiVersion,
      kind: 'Gadget',
      metadata: { name: each, namespace: 'default' },
    });

  test('a kind that is installed later is watched at once, and its objects are reconciled', async () => {
    expect([isServed(), optional.cacheOf(gadget)]).toEqual([false, undefined]);
    await client.create(builtIn.customResourceDefinition, definition({ v1: true }));
    await becomes(() => isServed() && names()?.length === 0);
    await create('one');
    await becomes(() => reconciled.some((key) => key.name === 'one'));
    expect(names()).toEqual(['one']);
  });

  test('a kind that is there at the start is known from the first list on', async () => {
    await becomes(() => names()?.length === 1);
    expect(isServed()).toBe(true);
  });

  test('a kind that is no longer served in our version counts as missing, whatever version is stored', async () => {
    await becomes(() => names()?.length === 1);
    const serve = (versions: Record<string, boolean>) =>
      client.patch(
        builtIn.customResourceDefinition,
        { namespace: '', name },
        { spec: definition(versions).spec as object },
      );
    await serve({ v2: true, v1: true });
    await becomes(() => isServed() && names()?.length === 1);
    await serve({ v2: true, v1: false });
    await becomes(() => !isServed());
    expect(optional.cacheOf(gadget)).toBeUndefined();
    await serve({ v2: true, v1: true });
    await becomes(() => names()?.length === 1);
  });

  test('nothing is remembered of a kind that was deleted when it is installed again', async () => {
    await becomes(() => names()?.length === 1);
    await client.delete(builtIn.customResourceDefinition, { namespace: '', name });
    await becomes(() => !isServed());
    expect(optional.cacheOf(gadget)).toBeUndefined();
    await becomes(() => definitions.cache.get({ namespace: '', name }) === undefined);
    await client.create(builtIn.customResourceDefinition, definition({ v1: true }));
    await becomes(() => names() !== undefined);
    expect(names()).toEqual([]);
    await create('two');
    await becomes(() => names()?.includes('two') === true);
  });
});
