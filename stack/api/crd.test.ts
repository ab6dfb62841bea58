import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { defaultImages } from '../plan/images.ts';
import { kubernetesPlacement } from '../plan/placement.ts';
import { planStack } from '../plan/plan-stack.ts';
import { listObjects } from '../render/kubernetes/manifest.ts';
import { renderKubernetes } from '../render/kubernetes/render-kubernetes.ts';
import { type ChatStackSpecInput, parseChatStackSpec } from './chat-stack.ts';
import { buildCustomResourceDefinition } from './crd.ts';
import type { StructuralSchema } from './structural-schema.ts';

const jwksURL = 'https://issuer.example/keys';
const sockets = { prometheus: 'http://prometheus:9090', perReplica: 1000 };
const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'database' } };

/** Specs that must be refused, and a word that the refusal must hold. The operator's parser refuses them too, unless it says not. */
const refused: readonly (readonly [why: string, spec: unknown, word: string])[] = [
  ['an Alertmanager without its configuration', { monitoring: { alertmanager: { enabled: true } } }, 'configSecretRef'],
  [
    'an Alertmanager beside the Prometheus of the cluster',
    {
      monitoring: {
        prometheus: { mode: 'Operator' },
        alertmanager: { enabled: true, configSecretRef: { name: 'a', key: 'b' } },
      },
    },
    'alertmanager',
  ],
  [
    'a Grafana that would not know where metrics are',
    { monitoring: { prometheus: { mode: 'None' }, grafana: { mode: 'Managed' } } },
    'prometheusURL',
  ],
  ['an unknown field', { pgbouncer: { poolsize: 5 } }, 'poolsize'],
  ['an unknown size', { size: 'tiny' }, 'tiny'],
  ['no replicas', { service: { replicas: 0 } }, 'replicas'],
  ['a quantity that is none', { redis: { maxMemory: 'lots' } }, 'maxMemory'],
  ['a quantity beyond its bounds', { redis: { maxMemory: '1Mi' } }, '16Mi'],
  ['a duration that is none', { service: { cache: { recentTTL: '30' } } }, 'recentTTL'],
  ['a duration beyond its bounds', { service: { cache: { recentTTL: '2h' } } }, '1h'],
  ['a request above its limit', { redis: { resources: { requests: { cpu: 2 }, limits: { cpu: '500m' } } } }, 'limit'],
  ['External without the server', { postgres: { mode: 'External' } }, 'external'],
  ['Managed with a server', { postgres: { external } }, 'external'],
  ['External with a volume', { postgres: { mode: 'External', external, storage: { size: '5Gi' } } }, 'storage'],
  ['External with parameters', { postgres: { mode: 'External', external, parameters: { jit: 'on' } } }, 'parameters'],
  ['a parameter that is decided', { postgres: { parameters: { port: '1' } } }, 'port'],
  ['a parameter in upper case', { postgres: { parameters: { Jit: 'on' } } }, 'lower case'],
  ['a parameter of two lines', { postgres: { parameters: { jit: 'on\nport = 1' } } }, 'jit'],
  ['a minimum above the pool', { pgbouncer: { poolSize: 5, minPoolSize: 6 } }, 'minPoolSize'],
  ['a variable that is decided', { service: { env: [{ name: 'PORT', value: '1' }] } }, 'PORT'],
  ['a variable without a value', { service: { env: [{ name: 'A' }] } }, 'valueFrom'],
  [
    'a variable with two values',
    { service: { env: [{ name: 'A', value: '', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] } },
    'valueFrom',
  ],
  [
    'a key that no Secret has',
    { service: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b/c' } } }] } },
    'key',
  ],
  ['replicas beside autoscaling', { service: { replicas: 2, autoscaling: { maxReplicas: 4 } } }, 'autoscaling'],
  ['a least above the most', { service: { autoscaling: { minReplicas: 5, maxReplicas: 4 } } }, 'minReplicas'],
  ['sockets without KEDA', { service: { autoscaling: { maxReplicas: 4, connections: sockets } } }, 'KEDA'],
  ['JWT without an audience', { service: { auth: { mode: 'JWT', issuer: 'i', jwksURL } } }, 'audience'],
  ['JWT without keys', { service: { auth: { mode: 'JWT', issuer: 'i', audience: 'a' } } }, 'jwksURL'],
  ['an issuer in development', { service: { auth: { issuer: 'i' } } }, 'JWT'],
  ['a route to no Gateway', { service: { httpRoute: { parentRefs: [] } } }, 'parentRefs'],
  ['instances of a managed Postgres', { postgres: { instances: 3 } }, 'instances'],
  ['backups to nowhere', { postgres: { backup: {} } }, 'volume'],
  ['backups of CloudNativePG', { postgres: { mode: 'CloudNativePG', backup: { volume: {} } } }, 'backup'],
  ['a schedule that is none', { postgres: { backup: { schedule: 'daily', volume: {} } } }, 'schedule'],
  [
    'a check against no authority',
    { postgres: { mode: 'External', external: { ...external, tls: { mode: 'VerifyFull' } } } },
    'caSecretRef',
  ],
  ['an external Redis without its host', { redis: { mode: 'External' } }, 'external'],
  [
    'memory of an external Redis',
    { redis: { mode: 'External', external: { host: 'r' }, maxMemory: '1Gi' } },
    'maxMemory',
  ],
  ['an issuer of nobody', { tls: { issuerRef: { name: 'a' } } }, 'CertManager'],
  ['a variable given twice', { service: { env: ['1', '2'].map((value) => ({ name: 'A', value })) } }, 'env'],
];

const accepted: readonly (readonly [what: string, spec: ChatStackSpecInput])[] = [
  ['an empty one', {}],
  [
    'a large one with everything set',
    {
      size: 'large',
      suspend: true,
      deletionPolicy: 'Delete',
      service: {
        image: 'registry.example:5000/chat@sha256:0123',
        replicas: 3,
        resources: { requests: { cpu: 1, memory: '1.5Gi' }, limits: { cpu: '1500m', memory: '2Gi' } },
        cache: { enabled: false, recentTTL: '1m30s', olderTTL: '1h' },
        env: [
          { name: 'LOG_LEVEL', value: 'debug' },
          { name: 'EMPTY', value: '' },
          { name: 'JWT_SECRET', valueFrom: { secretKeyRef: { name: 'auth', key: 'jwt.secret_1' } } },
        ],
      },
      postgres: {
        image: 'postgres:17',
        storage: { size: '20Gi', storageClassName: 'fast' },
        parameters: { 'pg_stat_statements.max': '100', log_line_prefix: "it's %m " },
      },
      pgbouncer: { replicas: 3, maxClientConnections: 5000, poolSize: 20, minPoolSize: 0, reservePoolSize: 0 },
      redis: { maxMemory: '1Gi', maxMemoryPolicy: 'volatile-ttl' },
    },
  ],
  [
    'one that is measured by the operators of others',
    {
      monitoring: {
        prometheus: { mode: 'Operator', labels: { release: 'prometheus' }, scrapeInterval: '30s' },
        grafana: { mode: 'Operator', prometheusURL: 'http://prometheus.monitoring.svc:9090' },
      },
    },
  ],
  [
    'one that tells of alerts itself',
    {
      monitoring: {
        prometheus: { retention: '720h', storage: { size: '20Gi' } },
        alerts: { thresholds: { queueWaitMilliseconds: 250 } },
        alertmanager: { enabled: true, configSecretRef: { name: 'receivers', key: 'alertmanager.yml' } },
        grafana: { mode: 'Sidecar' },
      },
    },
  ],
  [
    'one that others run',
    {
      service: {
        autoscaling: { engine: 'KEDA', maxReplicas: 9, connections: sockets },
        auth: { mode: 'JWT', issuer: 'https://issuer.example', audience: 'chat', jwksURL },
        ingress: { host: 'chat.example.com', className: 'nginx', annotations: { 'a.example/b': 'c' } },
        httpRoute: { parentRefs: [{ name: 'public', namespace: 'gateways' }], hostnames: ['*.example.com'] },
      },
      postgres: { mode: 'CloudNativePG', instances: 2 },
      redis: { mode: 'External', external: { host: 'redis.example.com', tls: { enabled: true } } },
      tls: { mode: 'CertManager', issuerRef: { name: 'internal', kind: 'ClusterIssuer' } },
      networkPolicies: { clients: [{ namespaceLabels: { team: 'web' } }], scrapers: [{}] },
    },
  ],
  ['one with backups', { postgres: { backup: { schedule: '@hourly', keep: 3, volume: { size: '20Gi' } } } }],
  ['an external one', { postgres: { mode: 'External', external: { ...external, port: 6000, maxConnections: 50 } } }],
];

describe('The parser', () => {
  test.each(refused)('refuses %s and says what was expected and found', (_why, spec, word) => {
    const parsed = parseChatStackSpec(spec);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).toContain(word);
  });

  test.each(accepted)('takes %s', (_what, spec) => {
    expect(parseChatStackSpec(spec)).toMatchObject({ ok: true });
  });

  test('reports every fault at once', () => {
    const parsed = parseChatStackSpec({ size: 1, pgbouncer: { replicas: 0, poolsize: 1 }, extra: true });
    expect(parsed.ok ? [] : parsed.faults.map(({ path }) => path).sort()).toEqual([
      'spec.extra',
      'spec.pgbouncer.poolsize',
      'spec.pgbouncer.replicas',
      'spec.size',
    ]);
  });

  test('takes an absent spec for an empty one', () => {
    expect(parseChatStackSpec(undefined)).toEqual(parseChatStackSpec({}));
  });
});

const undescribed = (schema: StructuralSchema, path: string): readonly string[] =>
  Object.entries({ ...schema.properties, ...schema.items?.properties }).flatMap(([name, field]) => [
    ...(field.description === undefined && name !== 'metadata' ? [`${path}.${name}`] : []),
    ...undescribed(field, `${path}.${name}`),
  ]);

test('every field of the definition has a description', () => {
  const [version] = buildCustomResourceDefinition().spec.versions;
  expect(undescribed(version?.schema.openAPIV3Schema as unknown as StructuralSchema, '')).toEqual([]);
});

const manifest = (name: string, spec?: unknown) =>
  JSON.stringify({
    apiVersion: 'chatstack.dev/v1alpha1',
    kind: 'ChatStack',
    metadata: { name, namespace: 'default' },
    ...(spec === undefined ? {} : { spec }),
  });

const apply = [
  'apply',
  '--server-side',
  '--force-conflicts',
  '--field-manager=chatstack-operator',
  '-o',
  'json',
  '-f',
  '-',
];

describeWithApiServer('A real API server', (server) => {
  beforeAll(async () => {
    await server().kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(buildCustomResourceDefinition()));
    await server().awaitEstablished('chatstacks.chatstack.dev');
  });

  test('finds nothing to object to in the definition itself', async () => {
    const crd = JSON.parse(await server().kubectl(['get', 'crd', 'chatstacks.chatstack.dev', '-o', 'json']));
    const conditions: readonly { type: string; status: string }[] = crd.status.conditions;
    expect(conditions.filter(({ type }) => type === 'NonStructuralSchema')).toEqual([]);
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  });

  test('fills an absent spec with the same defaults as the parser', async () => {
    const created = JSON.parse(await server().kubectl(['create', '-o', 'json', '-f', '-'], manifest('defaults')));
    const parsed = parseChatStackSpec({});
    expect(created.spec).toEqual(parsed.ok ? parsed.spec : undefined);
  });

  test.each(accepted)('takes %s', async (_what, spec) => {
    const created = await server().kubectl(
      ['create', '--dry-run=server', '-o', 'json', '-f', '-'],
      manifest('accepted', spec),
    );
    expect(parseChatStackSpec(JSON.parse(created).spec)).toEqual(parseChatStackSpec(spec));
  });

  test.each(refused)('refuses %s and says so', async (_why, spec, word) => {
    await expect(server().kubectl(['create', '-f', '-'], manifest('refused', spec))).rejects.toThrow(word);
  });

  test('refuses a name that could not begin the names of children', async () => {
    await expect(server().kubectl(['create', '-f', '-'], manifest('a.b'))).rejects.toThrow('lower-case letters');
    await expect(server().kubectl(['create', '-f', '-'], manifest('a'.repeat(41)))).rejects.toThrow('at most 40');
  });

  test('lets the volume grow and refuses to shrink it, also by leaving its size out', async () => {
    const sized = (size: string) => manifest('volume', { postgres: { storage: { size } } });
    await server().kubectl(apply, sized('20Gi'));
    await server().kubectl(apply, sized('0.03Ti'));
    await expect(server().kubectl(apply, sized('20480Mi'))).rejects.toThrow('may grow but not shrink');
    await expect(server().kubectl(apply, manifest('volume', {}))).rejects.toThrow('may grow but not shrink');
    await server().kubectl(['delete', 'chat', 'volume']);
  });

  test('refuses another mode', async () => {
    await server().kubectl(apply, manifest('mode', {}));
    const other = manifest('mode', { postgres: { mode: 'External', external } });
    await expect(server().kubectl(apply, other)).rejects.toThrow('mode can not be changed');
  });

  test('shows size, readiness and pool in a listing', async () => {
    await server().kubectl(apply, manifest('listed', { size: 'medium' }));
    const now = new Date(0).toISOString();
    const status = {
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Serving', message: 'all is well', lastTransitionTime: now },
      ],
      pool: { size: 18, reserve: 5, min: 10, perService: 124 },
    };
    await server().kubectl([
      'patch',
      'chat',
      'listed',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    const [head = '', row = ''] = (await server().kubectl(['get', 'chat', 'listed'])).split('\n');
    expect(head.split(/\s+/)).toEqual(['NAME', 'READY', 'REASON', 'SIZE', 'POOL', 'AGE']);
    expect(row.split(/\s+/).slice(0, 5)).toEqual(['listed', 'True', 'Serving', 'medium', '18']);
  });

  test.each(accepted)(
    'takes every object of %s under Pod Security restricted, and applied again they change nothing',
    async (_what, input) => {
      const parsed = parseChatStackSpec(input);
      if (!parsed.ok) throw new Error('expected the spec to be accepted');
      const planned = planStack({
        name: 'acme',
        spec: parsed.spec,
        placement: kubernetesPlacement('acme'),
        images: defaultImages,
      });
      if (!planned.ok) throw new Error('expected a plan');
      const namespace = `objects-${accepted.findIndex(([, each]) => each === input)}`;
      await server().kubectl(['create', 'namespace', namespace]);
      await server().kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
      const rendered = renderKubernetes(planned.plan, {
        namespace,
        owner: { uid: '00000000-0000-4000-8000-000000000001' },
        credentialsRevision: 'first',
      });
      // Kinds of others are not served here.
      const { requires, monitoring } = planned.plan;
      const foreign = new Set<string>([...requires, ...(monitoring?.requires ?? [])].map(({ kind }) => kind.kind));
      const objects = listObjects(rendered).filter(({ kind }) => !foreign.has(kind));
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      const versions = async (): Promise<readonly string[]> =>
        JSON.parse(await server().kubectl(apply, list)).items.map(
          (each: { metadata: { resourceVersion: string } }) => each.metadata.resourceVersion,
        );
      expect(await versions()).toHaveLength(objects.length);
      // The API server itself rewrites a new PersistentVolumeClaim once, when it is first applied again.
      const settled = await versions();
      expect(await versions()).toEqual(settled);
      await Promise.all(
        objects.filter(hasTemplate).map(({ kind, metadata, spec }) =>
          server().kubectl(
            ['create', '-f', '-'],
            JSON.stringify({
              apiVersion: 'v1',
              kind: 'Pod',
              metadata: { ...spec.template.metadata, name: `${kind.toLowerCase()}-${metadata.name}`, namespace },
              spec: spec.template.spec,
            }),
          ),
        ),
      );
    },
  );
});

interface WithTemplate {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: object } };
}

const hasTemplate = <Object extends object>(object: Object): object is Object & WithTemplate =>
  'spec' in object && 'template' in (object.spec as object);
