import { describe, expect, test } from '@jest/globals';
import { type ChatStackSpecInput, parseChatStackSpec } from '../../api/chat-stack.ts';
import { defaultImages } from '../../plan/images.ts';
import { kubernetesPlacement } from '../../plan/placement.ts';
import { planStack } from '../../plan/plan-stack.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { renderKubernetes } from './render-kubernetes.ts';

const render = (input: ChatStackSpecInput, options: Partial<RenderOptions> = {}): readonly Manifest[] => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const planned = planStack({
    name: 'acme',
    spec: parsed.spec,
    placement: kubernetesPlacement('acme'),
    images: defaultImages,
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  const objects = renderKubernetes(planned.plan, {
    namespace: 'chat',
    owner: { uid: 'owner' },
    credentialsRevision: 'first',
    ...options,
  });
  return [...objects.configuration, ...objects.data, objects.migration, ...objects.service];
};

const find = (objects: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined)
    throw new Error(`expected ${kind} ${name} among ${objects.map(({ metadata }) => metadata.name)}`);
  return found;
};

const job = (objects: readonly Manifest[]): Manifest => {
  const found = objects.find(({ kind }) => kind === 'Job');
  if (found === undefined) throw new Error('expected a Job');
  return found;
};

const unowned = (objects: readonly Manifest[]): readonly string[] =>
  objects.filter(({ metadata }) => metadata.ownerReferences === undefined).map(({ kind }) => kind);

describe('The objects of a stack', () => {
  test('go away with it, except the volume, unless that is to be deleted too', () => {
    expect(unowned(render({}))).toEqual(['PersistentVolumeClaim']);
    expect(unowned(render({ deletionPolicy: 'Delete' }))).toEqual([]);
  });

  test('carry its name and the labels of the operator', () => {
    for (const { metadata } of render({})) {
      expect(metadata.name).toMatch(/^acme-/);
      expect(metadata.namespace).toBe('chat');
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'acme',
        'app.kubernetes.io/managed-by': 'chatstack-operator',
      });
    }
  });

  test('are fewer when somebody else runs Postgres', () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'database' } };
    const names = render({ postgres: { mode: 'External', external } }).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name.includes('postgres'))).toEqual([]);
  });

  test('hold no password', () => {
    expect(JSON.stringify(render({}))).not.toMatch(/"name":"[A-Z_]*PASSWORD","value"/);
  });
});

test('A variable whose value is in a Secret stays a reference', () => {
  const valueFrom = { secretKeyRef: { name: 'auth', key: 'secret' } };
  const deployment = find(
    render({ service: { env: [{ name: 'JWT_SECRET', valueFrom }] } }),
    'Deployment',
    'acme-service',
  );
  expect(JSON.stringify(deployment)).toContain(JSON.stringify({ name: 'JWT_SECRET', valueFrom }));
});

describe('A service that an autoscaler scales', () => {
  const autoscaling = { minReplicas: 3, maxReplicas: 9, targetCPUUtilization: 60 };
  const behavior = { scaleDown: { stabilizationWindowSeconds: 300 } };

  test('has its number of pods in no manifest, but the bounds in one', () => {
    const objects = render({ service: { autoscaling } });
    expect(find(objects, 'Deployment', 'acme-service').spec).not.toHaveProperty('replicas');
    const { spec } = find(objects, 'HorizontalPodAutoscaler', 'acme-service');
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 9, behavior });
    expect(JSON.stringify(spec)).toContain('"averageUtilization":60');
  });

  test('by KEDA never ends its last processes, and follows the open WebSockets', () => {
    const connections = { prometheus: 'http://prometheus.monitoring.svc:9090', perReplica: 2000 };
    const objects = render({ service: { autoscaling: { ...autoscaling, engine: 'KEDA', connections } } });
    const { spec } = find(objects, 'ScaledObject', 'acme-service');
    expect(spec).toMatchObject({
      minReplicaCount: 3,
      maxReplicaCount: 9,
      triggers: [
        { type: 'cpu', metadata: { value: '60' } },
        {
          type: 'prometheus',
          metadata: {
            query: 'sum(realtime_connections{namespace="chat",pod=~"acme-service-.*"})',
            threshold: '2000',
          },
        },
      ],
    });
  });
});

describe('A service that is reached from outside', () => {
  test('has an Ingress for its host, with TLS where there is a certificate', () => {
    const ingress = { host: 'chat.example', className: 'nginx', tlsSecretName: 'cert', annotations: { 'a/b': 'c' } };
    const { metadata, spec } = find(render({ service: { ingress } }), 'Ingress', 'acme-service');
    expect(metadata.annotations).toEqual({ 'a/b': 'c' });
    expect(spec).toMatchObject({
      ingressClassName: 'nginx',
      rules: [{ host: 'chat.example', http: { paths: [{ path: '/', pathType: 'Prefix' }] } }],
      tls: [{ hosts: ['chat.example'], secretName: 'cert' }],
    });
  });

  test('has an HTTPRoute at its Gateways', () => {
    const httpRoute = { parentRefs: [{ name: 'public', namespace: 'gateways' }], hostnames: ['chat.example'] };
    const { spec } = find(render({ service: { httpRoute } }), 'HTTPRoute', 'acme-service');
    expect(spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: 'gateways' }],
      hostnames: ['chat.example'],
      rules: [{ backendRefs: [{ name: 'acme-service', port: 3001 }] }],
    });
  });
});

describe('Another pool size', () => {
  test('changes the configuration of the poolers and nothing else', () => {
    const [before, after] = [render({}), render({ pgbouncer: { poolSize: 20 } })];
    const changed = after.filter((object, index) => JSON.stringify(object) !== JSON.stringify(before[index]));
    expect(changed.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['ConfigMap acme-pgbouncer']);
  });
});

describe('Another number of clients of the poolers', () => {
  test('restarts them: more clients need more open files', () => {
    const name = ['Deployment', 'acme-pgbouncer'] as const;
    const more = render({ pgbouncer: { maxClientConnections: 20_000 } });
    expect(find(more, ...name)).not.toEqual(find(render({}), ...name));
  });
});

describe('The migration', () => {
  test('is another Job for another image, and the same Job for the same', () => {
    const name = (input: ChatStackSpecInput) => job(render(input)).metadata.name;
    expect(name({})).toMatch(/^acme-migrate-[0-9a-f]{10}$/);
    expect(name({ service: { image: 'chat:2' } })).not.toBe(name({}));
    expect(name({ redis: { maxMemory: '64Mi' } })).toBe(name({}));
  });

  test('is the same Job when passwords are made anew: it is immutable, and tells with which it ran', () => {
    const [before, after] = [job(render({})), job(render({}, { credentialsRevision: 'second' }))];
    expect([after.metadata.name, after.spec]).toEqual([before.metadata.name, before.spec]);
    expect(after.metadata.annotations).toEqual({ 'chatstack.dev/credentials': 'second' });
  });
});

describe('Passwords made anew', () => {
  test('roll every pod that reads them', () => {
    const [before, after] = [render({}), render({}, { credentialsRevision: 'second' })];
    const changed = after.filter((object, index) => JSON.stringify(object) !== JSON.stringify(before[index]));
    expect(changed.map(({ metadata }) => metadata.name)).toEqual([
      'acme-postgres',
      'acme-pgbouncer',
      'acme-redis',
      job(after).metadata.name,
      'acme-service',
    ]);
  });
});

describe('Development', () => {
  test('watches the sources of the service on a writable file system', () => {
    const pod = JSON.stringify(find(render({}, { development: true }), 'Deployment', 'acme-service'));
    expect(pod).toContain('["node","--watch","service/main.ts"]');
    expect(pod).toContain('"readOnlyRootFilesystem":false');
  });
});
