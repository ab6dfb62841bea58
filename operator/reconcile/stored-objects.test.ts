import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readKubeconfig } from '../runtime/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource } from './child-kinds.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

interface Schema {
  type?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Definition extends KubernetesObject {
  spec: { versions: { name: string; storage: boolean; served: boolean; schema: { openAPIV3Schema: Schema } }[] };
}

const firstDefinition = (): Definition =>
  parse(readFileSync(new URL('./testing/stored/first-definition.yaml', import.meta.url), 'utf8'));

const specOf = (definition: Definition): Schema =>
  definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec ?? {};

/** What a newer schema no longer takes of an older one: fields that are gone, other types, values that are no longer listed. */
function listLosses(older: Schema, newer: Schema | undefined, path = 'spec'): string[] {
  if (newer === undefined) return [`${path} is gone`];
  const values = newer.enum === undefined ? [] : (older.enum ?? []).filter((each) => !newer.enum?.includes(each));
  return [
    ...(older.type === newer.type ? [] : [`${path} was ${older.type} and is ${newer.type}`]),
    ...values.map((each) => `${path} no longer takes ${each}`),
    ...(older.items ? listLosses(older.items, newer.items, `${path}[]`) : []),
    ...Object.entries(older.properties ?? {}).flatMap(([name, each]) =>
      listLosses(each, newer.properties?.[name], `${path}.${name}`),
    ),
  ];
}

describe('the definition of a version that was released', () => {
  test('keeps every field, type and value: the API server would drop what it no longer knows of stored objects', () => {
    const today = buildCustomResourceDefinition() as unknown as Definition;
    expect(listLosses(specOf(firstDefinition()), specOf(today))).toEqual([]);
    expect(today.spec.versions.filter(({ storage }) => storage).map(({ name }) => name)).toEqual(['v1alpha1']);
  });

  test('and a lost one would be found', () => {
    const older: Schema = {
      properties: { size: { type: 'string', enum: ['small', 'tiny'] }, old: { type: 'string' } },
    };
    const newer: Schema = { properties: { size: { type: 'string', enum: ['small'] } } };
    expect(listLosses(older, newer)).toEqual(['spec.size no longer takes tiny', 'spec.old is gone']);
  });
});

const resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: 1, memory: '512Mi' } };

/** Every field of the first definition. */
const everyField = {
  size: 'medium',
  suspend: false,
  deletionPolicy: 'Delete',
  service: {
    image: 'example.com/service:1',
    replicas: 3,
    resources,
    cache: { enabled: true, recentTTL: '20s', olderTTL: '90s' },
    env: [{ name: 'LOG_LEVEL', value: 'debug' }],
  },
  postgres: {
    mode: 'Managed',
    image: 'postgres:17',
    storage: { size: '20Gi', storageClassName: 'fast' },
    resources,
    parameters: { log_min_duration_statement: '250ms', max_connections: '300' },
  },
  pgbouncer: {
    image: 'example.com/pgbouncer:1',
    replicas: 3,
    maxClientConnections: 5000,
    poolSize: 20,
    minPoolSize: 5,
    reservePoolSize: 4,
    resources,
  },
  redis: { image: 'redis:7', maxMemory: '128Mi', maxMemoryPolicy: 'allkeys-lfu', resources },
};

const external = {
  postgres: {
    mode: 'External',
    external: {
      host: 'db.example.com',
      port: 6000,
      database: 'chat',
      maxConnections: 200,
      secretRef: { name: 'login' },
    },
  },
};

describeWithApiServer('stacks that were stored under the first definition', (server) => {
  let cluster: TestCluster;
  const stored = new Map<string, KubernetesObject>();

  async function store(client: KubernetesClient, namespace: string): Promise<void> {
    const { apiVersion, kind } = chatStackResource;
    // The odd one first: that it is taken shows that the first definition is served.
    const specs = { odd: { size: 'tiny' }, full: everyField, bare: {}, external };
    for (const [name, spec] of Object.entries(specs)) {
      const object = { apiVersion, kind, metadata: { name, namespace }, spec };
      // A changed schema is served a moment after it was answered, of which nothing tells.
      for (let attempt = 1; !stored.has(name); attempt += 1) {
        const made = await client.create(chatStackResource, object).catch((error: unknown) => {
          if (attempt === 100) throw error;
        });
        if (made) stored.set(name, made);
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  beforeAll(async () => {
    const { kubectl, kubeconfig } = server();
    const apply = (definition: object) =>
      kubectl(['apply', '--server-side', '--force-conflicts', '-f', writeDefinition(definition)]);
    const client = createKubernetesClient({ connection: await readKubeconfig([kubeconfig]), fieldManager: 'tester' });
    cluster = await openTestCluster(server(), 'stored', {
      async prepare() {
        const first = firstDefinition();
        // A value that a later version no longer takes, as if it had been released.
        specOf(first).properties?.size?.enum?.push('tiny');
        await apply(first);
        await store(client, 'stored');
        await apply(buildCustomResourceDefinition());
      },
    });
  });
  afterAll(() => cluster.close());

  test.each(['full', 'bare'])(
    '%s: is planned by the operator of today and becomes Ready, its spec untouched',
    async (name) => {
      const before = stored.get(name);
      const ready = await cluster.awaitObject(
        chatStackResource,
        name,
        (stack) => conditionOf(stack, 'Ready')?.status === 'True',
      );
      expect(ready.spec).toMatchObject(before?.spec as object);
      expect(ready.metadata.generation).toBe(before?.metadata.generation);
    },
  );

  test('what its author set is what runs', async () => {
    const pooler = await cluster.get(builtIn.configMap, 'full-pgbouncer');
    expect((pooler.data as Record<string, string>)['pgbouncer.ini']).toMatch(
      /default_pool_size = 20\n[\s\S]*reserve_pool_size = 4\n/,
    );
    const claim = await cluster.get(builtIn.persistentVolumeClaim, 'full-postgres');
    expect(claim.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } });
  });

  test('an external Postgres waits for its Secret, as it did', async () => {
    const stack = await cluster.awaitObject(
      chatStackResource,
      'external',
      (each) => conditionOf(each, 'Degraded')?.status === 'True',
    );
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(/Secret login/);
  });

  test('a value that is no longer taken is refused by name, and kept for its author to correct', async () => {
    const stack = await cluster.awaitObject(
      chatStackResource,
      'odd',
      (each) => conditionOf(each, 'Ready')?.reason === 'PlanRefused',
    );
    expect(conditionOf(stack, 'Ready')?.message).toMatch(/spec\.size: expected .*small.*found "?tiny/);
    expect(stack.spec).toMatchObject({ size: 'tiny' });
  });
});

/** kubectl reads files alone. */
function writeDefinition(definition: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'definition-')), 'definition.yaml');
  writeFileSync(file, stringify(definition));
  return file;
}
