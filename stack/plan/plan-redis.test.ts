import { describe, expect, test } from '@jest/globals';
import { type ChatStackSpecInput, parseChatStackSpec } from '../api/chat-stack.ts';
import { renderKubernetes } from '../render/kubernetes/render-kubernetes.ts';
import { defaultImages } from './images.ts';
import { composePlacement, kubernetesPlacement } from './placement.ts';
import { planStack } from './plan-stack.ts';
import type { StackPlan } from './stack-plan.ts';

const plan = (redis: ChatStackSpecInput['redis'], placement = kubernetesPlacement('acme')): StackPlan => {
  const parsed = parseChatStackSpec({ redis });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
};

const environment = ({ service }: StackPlan) =>
  service.environment.filter(({ name }) => /REDIS/.test(name) && name !== 'ENABLE_REDIS_CACHE');

const render = (redis: ChatStackSpecInput['redis']) => {
  const objects = renderKubernetes(plan(redis), { namespace: 'chat', credentialsRevision: 'first' });
  return [...objects.policies, ...objects.configuration, ...objects.data, ...objects.service];
};

describe('A Redis of somebody else', () => {
  const external = { host: 'redis.example', port: 6380, secretRef: { name: 'cache' }, tls: { enabled: true } };

  test('is reached with the login of its Secret, whose user name may be missing', () => {
    expect(environment(plan({ mode: 'External', external }))).toEqual([
      { name: 'REDIS_URL', value: 'rediss://redis.example:6380' },
      { name: 'REDIS_USERNAME', secret: { name: 'cache', key: 'username' }, optional: true },
      { name: 'REDIS_PASSWORD', secret: { name: 'cache', key: 'password' } },
    ]);
    expect(plan({ mode: 'External', external }).secrets).toEqual([
      { field: 'spec.redis.external.secretRef', name: 'cache', keys: ['password'], optionalKeys: ['username'] },
    ]);
  });

  test('needs no login, and then is given none', () => {
    expect(environment(plan({ mode: 'External', external: { host: 'redis.example' } }))).toEqual([
      { name: 'REDIS_URL', value: 'redis://redis.example:6379' },
    ]);
  });

  test('has its certificate checked against the authority that the author names', () => {
    const tls = { enabled: true, caSecretRef: { name: 'authority', key: 'ca.crt' } };
    const redis = { mode: 'External', external: { ...external, tls } } as const;
    expect(environment(plan(redis))).toContainEqual({ name: 'REDIS_CA_FILE', value: '/etc/chatstack-redis-ca/ca.crt' });
    const deployment = render(redis).find(
      ({ kind, metadata }) => `${kind} ${metadata.name}` === 'Deployment acme-service',
    );
    const source = { secretName: 'authority', items: [{ key: 'ca.crt', path: 'ca.crt' }] };
    expect(JSON.stringify(deployment)).toContain(`"secret":${JSON.stringify(source)}`);
  });

  test('leaves nothing of Redis in the stack but the edge to it', () => {
    const objects = render({ mode: 'External', external });
    expect(objects.filter(({ metadata }) => metadata.name === 'acme-redis')).toEqual([]);
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'acme-service');
    expect(JSON.stringify(policy)).toContain('6380');
    expect(JSON.stringify(policy)).not.toContain('"redis"');
  });
});

describe('A Redis that the redis-operator runs', () => {
  const redis = { mode: 'Opstree', maxMemory: '256Mi', maxMemoryPolicy: 'allkeys-lfu' } as const;

  test('is reached where its master is, with the password of the stack', () => {
    expect(environment(plan(redis))).toEqual([
      { name: 'REDIS_URL', value: 'redis://acme-redis-set-master:6379' },
      { name: 'REDIS_PASSWORD', secret: { name: 'acme-credentials', key: 'redis-password' } },
    ]);
    expect(plan(redis).requires.map(({ field, kind }) => [field, kind.kind])).toEqual([
      ['spec.redis.mode', 'RedisReplication'],
    ]);
  });

  test('is a cache of the memory that the author asks for, and keeps nothing on disk', () => {
    const objects = render(redis);
    const configuration = objects.find(({ kind, metadata }) => `${kind} ${metadata.name}` === 'ConfigMap acme-redis');
    expect(configuration?.data).toEqual({
      'redis-additional.conf': expect.stringContaining('maxmemory 268435456\nmaxmemory-policy allkeys-lfu\nsave ""'),
    });
    const replication = objects.find(({ kind }) => kind === 'RedisReplication');
    expect(replication).toMatchObject({
      apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
      metadata: { name: 'acme-redis-set' },
      spec: {
        clusterSize: 2,
        kubernetesConfig: {
          redisSecret: { name: 'acme-credentials', key: 'redis-password' },
          ignoreAnnotations: ['chatstack.dev/applied'],
        },
        redisConfig: { additionalRedisConfig: 'acme-redis' },
      },
    });
    expect(objects.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'acme-redis')).toEqual([]);
  });

  test('may be asked by its operator, wherever that is, and by its own kind', () => {
    const policy = render(redis).find(
      ({ kind, metadata }) => `${kind} ${metadata.name}` === 'NetworkPolicy acme-redis',
    );
    expect(policy).toMatchObject({ spec: { ingress: [{}, {}, {}] } });
    expect(JSON.stringify(policy)).toContain(
      '{"namespaceSelector":{},"podSelector":{"matchLabels":{"name":"redis-operator"}}}',
    );
  });

  test('is the stack’s own where there is no such operator', () => {
    expect(plan(redis, composePlacement()).redis.mode).toBe('Managed');
  });
});
