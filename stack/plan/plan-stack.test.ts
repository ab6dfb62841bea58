import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChatStackSpecInput, parseChatStackSpec } from '../api/chat-stack.ts';
import { type Fault, formatFaults } from '../api/fault.ts';
import { quantity, toBytes, toMillicores } from '../quantity/quantity.ts';
import { defaultImages } from './images.ts';
import { composePlacement, kubernetesPlacement, localPlacement, standardPorts } from './placement.ts';
import { planStack } from './plan-stack.ts';
import type { EnvironmentVariable, Resources, StackPlan } from './stack-plan.ts';

const attempt = (input: ChatStackSpecInput, placement = kubernetesPlacement('acme'), name = 'acme') => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(formatFaults(parsed.faults));
  return planStack({ name, spec: parsed.spec, placement, images: defaultImages });
};

const plan = (input: ChatStackSpecInput, placement = kubernetesPlacement('acme')): StackPlan => {
  const planned = attempt(input, placement);
  if (!planned.ok) throw new Error(formatFaults(planned.faults));
  return planned.plan;
};

const faults = (input: ChatStackSpecInput, name = 'acme'): readonly Fault[] => {
  const planned = attempt(input, kubernetesPlacement('acme'), name);
  return planned.ok ? [] : planned.faults;
};

const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'database' } };

const variable = (variables: readonly EnvironmentVariable[], name: string): EnvironmentVariable | undefined =>
  variables.find((each) => each.name === name);

const reasonOf = ({ decisions }: StackPlan, field: string): string =>
  decisions.find((decision) => decision.field === field)?.reason ?? '';

describe('The connections of a service process', () => {
  const most = (input: ChatStackSpecInput) => {
    const found = variable(plan(input).service.environment, 'MAX_CONNECTIONS');
    return found && 'value' in found ? Number(found.value) : undefined;
  };
  const limited = (memory: string) => most({ service: { resources: { limits: { memory } } } });

  test('are as many as its memory limit leaves room for beside the process and its pages', () => {
    expect([most({}), most({ size: 'medium' }), most({ size: 'large' })]).toEqual([6400, 11500, 31500]);
    expect([limited('768Mi'), limited('300Mi')]).toEqual([21500, 3200]);
    expect(limited('256Mi')).toBe(1400);
    expect(reasonOf(plan({}), 'service.maxConnections')).toContain('200MiB of a busy process');
  });

  test('are what the author set', () => {
    expect(most({ service: { env: [{ name: 'MAX_CONNECTIONS', value: '500' }] } })).toBe(500);
  });
});

describe('The pools of a plan', () => {
  test('follow from the cores of Postgres', () => {
    expect(plan({}).pool).toMatchObject({ size: 10, reserve: 3, min: 10 });
    expect(plan({ size: 'medium' }).pool.size).toBe(18);
    expect(plan({ size: 'large' }).pool.size).toBe(66);
    expect(plan({ size: 'large', postgres: { resources: { limits: { cpu: 12 } } } }).pool.size).toBe(50);
  });

  test('are half of what an external server leaves, since its cores are not known', () => {
    expect(plan({ postgres: { mode: 'External', external: { ...external, maxConnections: 100 } } }).pool.size).toBe(15);
  });

  test('are held to what the budget leaves, and say so', () => {
    const held = plan({ postgres: { parameters: { max_connections: '30' } } });
    expect(held.pool).toMatchObject({ size: 4, reserve: 1, min: 4 });
    expect(reasonOf(held, 'pgbouncer.poolSize')).toContain('held to 4');
    expect(reasonOf(held, 'pgbouncer.minPoolSize')).toContain('held to 4');
  });

  test('are what the author set', () => {
    const { pool } = plan({ pgbouncer: { poolSize: 20, minPoolSize: 5, reservePoolSize: 2 } });
    expect(pool).toMatchObject({ size: 20, min: 5, reserve: 2 });
  });

  test('leave the service as it is when they change, so that no process restarts for a reload of the poolers', () => {
    const [small, large] = [plan({ pgbouncer: { poolSize: 5 } }), plan({ pgbouncer: { poolSize: 25 } })];
    expect(small.service).toEqual(large.service);
    expect(small.pgbouncer.restartHash).toBe(large.pgbouncer.restartHash);
    expect(small.pgbouncer.configHash).not.toBe(large.pgbouncer.configHash);
    expect(large.pgbouncer.reloadSettings).toMatchObject({ default_pool_size: '25', max_db_connections: '30' });
    expect(small.postgres).toEqual(large.postgres);
  });
});

describe('A spec whose pools can not fit', () => {
  test('is refused with the whole sum in one message', () => {
    const [fault, ...others] = faults({ pgbouncer: { poolSize: 40, reservePoolSize: 10 } });
    expect(others).toEqual([]);
    expect(fault?.path).toBe('spec.pgbouncer.poolSize');
    expect(fault?.expected).toContain('at most 100 connections');
    for (const part of [
      'poolers 102',
      'pooler surge 51',
      'migration 2',
      'administration 3',
      'exporter 2',
      'reserved by Postgres 3',
      '= 163',
    ])
      expect(fault?.found).toContain(part);
    expect(fault?.remedy).toContain('to 29 or less');
  });

  test('is refused when too few connections are left for the poolers at all', () => {
    expect(faults({ postgres: { parameters: { max_connections: '12' } } })[0]?.remedy).toContain('not one connection');
    const few = { mode: 'External', external: { ...external, maxConnections: 10 } } as const;
    expect(faults({ postgres: few })[0]?.remedy).toContain('not one connection');
  });

  test('is refused when the poolers take fewer clients than the service needs', () => {
    const [fault] = faults({ service: { replicas: 50 }, pgbouncer: { maxClientConnections: 100 } });
    expect(fault?.path).toBe('spec.pgbouncer.maxClientConnections');
    expect(fault?.found).toContain('50 processes × 26');
  });

  test('is refused when the minimum is above a computed pool', () => {
    expect(faults({ pgbouncer: { minPoolSize: 11 } })[0]?.path).toBe('spec.pgbouncer.minPoolSize');
  });

  test.each([
    ['a name with a dot', {}, 'a.b', 'metadata.name'],
    ['a name that is too long', {}, 'a'.repeat(41), 'metadata.name'],
    [
      'a number of connections that is none',
      { postgres: { parameters: { max_connections: 'many' } } },
      'acme',
      'spec.postgres.parameters.max_connections',
    ],
    [
      'more data than the memory of Redis',
      { redis: { maxMemory: '1Gi', resources: { limits: { memory: '1Gi' } } } },
      'acme',
      'spec.redis.resources.limits.memory',
    ],
    [
      'memory in which no service starts',
      { service: { resources: { limits: { memory: '64Mi' } } } },
      'acme',
      'spec.service.resources.limits.memory',
    ],
  ] as const)('is refused for %s', (_why, input, name, path) => {
    expect(faults(input, name)[0]?.path).toBe(path);
  });
});

const anySpec: fc.Arbitrary<ChatStackSpecInput> = fc.record({
  size: fc.constantFrom('small', 'medium', 'large'),
  service: fc.record({ replicas: fc.integer({ min: 1, max: 100 }) }, { requiredKeys: [] }),
  postgres: fc.oneof(
    fc.record({
      parameters: fc.record({ max_connections: fc.integer({ min: 1, max: 2000 }).map(String) }, { requiredKeys: [] }),
    }),
    fc.integer({ min: 10, max: 5000 }).map((maxConnections) => ({
      mode: 'External' as const,
      external: { ...external, maxConnections },
    })),
  ),
  pgbouncer: fc.record(
    {
      replicas: fc.integer({ min: 1, max: 20 }),
      maxClientConnections: fc.integer({ min: 100, max: 20_000 }),
      poolSize: fc.integer({ min: 1, max: 200 }),
      reservePoolSize: fc.integer({ min: 0, max: 50 }),
    },
    { requiredKeys: [] },
  ),
});

describe('Any spec that is not refused', () => {
  test('fits both budgets, whatever it says', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anySpec, (input) => {
        const planned = attempt(input);
        if (!planned.ok) return expect(planned.faults.length).toBeGreaterThan(0);
        accepted += 1;
        const { budgets, pool, pgbouncer } = planned.plan;
        for (const budget of [budgets.postgres, budgets.clients]) {
          expect(budget.total).toBe(budget.lines.reduce((sum, { connections }) => sum + connections, 0));
          expect(budget.total).toBeLessThanOrEqual(budget.limit);
          expect(budget.headroom).toBe(budget.limit - budget.total);
        }
        expect(pool.size).toBeGreaterThanOrEqual(1);
        expect(pool.min).toBeLessThanOrEqual(pool.size);
        expect(pool.perService).toBeGreaterThanOrEqual(Math.min(pgbouncer.replicas * (pool.size + pool.reserve), 1000));
        return undefined;
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('is planned the same a second time', () => {
    fc.assert(
      fc.property(anySpec, (input) => expect(attempt(input)).toEqual(attempt(input))),
      { numRuns: 25 },
    );
  });
});

describe('Size small', () => {
  const unmeasured: ChatStackSpecInput = { monitoring: { prometheus: { mode: 'None' } } };
  const withoutGrafana: ChatStackSpecInput = { monitoring: { grafana: { mode: 'None' } } };

  test.each<[string, ChatStackSpecInput, { service: number; migration: number; pooler: number }]>([
    ['at rest', {}, { service: 0, pooler: 0, migration: 0 }],
    ['without Grafana, with a service process more', withoutGrafana, { service: 1, pooler: 0, migration: 0 }],
    ['without Grafana, while it migrates', withoutGrafana, { service: 0, pooler: 0, migration: 1 }],
    ['unmeasured, with one more of everything and the migration', unmeasured, { service: 1, pooler: 1, migration: 1 }],
  ])('asks for at most 1 CPU and 1.5 GiB %s', (_, input, more) => {
    const { service, pgbouncer, postgres, redis, migration, monitoring } = plan(input);
    if (postgres.mode === 'External' || redis.mode === 'External') throw new Error('expected managed ones');
    const { exporters, prometheus, grafana } = monitoring ?? {};
    const poolers = pgbouncer.replicas + more.pooler;
    const all: readonly (Resources | undefined)[] = [
      ...Array(service.replicas + more.service).fill(service.resources),
      ...Array(poolers).fill(pgbouncer.resources),
      ...Array(poolers).fill(exporters?.pgbouncer?.resources),
      ...Array(more.migration).fill(migration.resources),
      postgres.resources,
      redis.resources,
      exporters?.postgres.resources,
      exporters?.redis?.resources,
      prometheus?.mode === 'Managed' ? prometheus.resources : undefined,
      grafana?.resources,
    ];
    const asked = all.flatMap((each) => each?.requests ?? []);
    const cpu = asked.reduce((sum, each) => sum + toMillicores(quantity(each.cpu)), 0);
    const memory = asked.reduce((sum, each) => sum + toBytes(quantity(each.memory)), 0);
    expect(cpu).toBeLessThanOrEqual(1000);
    expect(memory).toBeLessThanOrEqual(1.5 * 1024 ** 3);
  });
});

describe('The environment of the service', () => {
  test('leads through the pooler, and the migration straight to Postgres', () => {
    const { service, migration } = plan({});
    expect(variable(service.environment, 'DATABASE_URL')).toMatchObject({
      value: 'postgresql://acme-pgbouncer:6432/chatstack',
    });
    expect(variable(migration.environment, 'DATABASE_URL_DIRECT')).toMatchObject({
      value: 'postgresql://acme-postgres:5432/chatstack',
    });
  });

  test("takes user and password of an external server from the author's Secret", () => {
    const { service } = plan({ postgres: { mode: 'External', external } });
    expect(variable(service.environment, 'PGUSER')).toEqual({
      name: 'PGUSER',
      secret: { name: 'database', key: 'username' },
    });
    expect(variable(service.environment, 'PGPASSWORD')).toEqual({
      name: 'PGPASSWORD',
      secret: { name: 'database', key: 'password' },
    });
  });

  test("lets the author's variables replace those that nothing depends on, each standing there once", () => {
    const { environment } = plan({ service: { env: [{ name: 'LOG_LEVEL', value: 'debug' }] } }).service;
    expect(environment.filter(({ name }) => name === 'LOG_LEVEL')).toEqual([{ name: 'LOG_LEVEL', value: 'debug' }]);
  });

  test("refers to the author's Secrets, and holds none of their values", () => {
    const env = [{ name: 'JWT_SECRET', valueFrom: { secretKeyRef: { name: 'auth', key: 'secret' } } }];
    const { environment } = plan({ service: { env } }).service;
    expect(variable(environment, 'JWT_SECRET')).toEqual({
      name: 'JWT_SECRET',
      secret: { name: 'auth', key: 'secret' },
    });
  });

  test('checks tokens as the author says, with the key set or the Secret of the issuer', () => {
    const jwt = { mode: 'JWT', issuer: 'https://issuer.example', audience: 'chat' } as const;
    const jwksURL = 'https://issuer.example/keys';
    const withKeySet = plan({ service: { auth: { ...jwt, jwksURL, algorithms: ['ES256', 'EdDSA'] } } });
    const found = withKeySet.service.environment.filter(({ name }) => /^(AUTH|JWT|RATE)_/.test(name));
    expect(found).toEqual([
      { name: 'AUTH_MODE', value: 'jwt' },
      { name: 'JWT_ISSUER', value: 'https://issuer.example' },
      { name: 'JWT_AUDIENCE', value: 'chat' },
      { name: 'JWT_JWKS_URL', value: jwksURL },
      { name: 'JWT_ALGORITHMS', value: 'ES256,EdDSA' },
    ]);
    expect(withKeySet.secrets).toEqual([]);
    const secretRef = { name: 'issuer', key: 'secret' };
    const withSecret = plan({ service: { auth: { ...jwt, secretRef } } });
    expect(variable(withSecret.service.environment, 'JWT_SECRET')).toEqual({ name: 'JWT_SECRET', secret: secretRef });
    expect(withSecret.secrets).toEqual([
      { field: 'spec.service.auth.secretRef', name: 'issuer', keys: ['secret'], leastBytes: 32 },
    ]);
  });

  test('limits users as the author says, and says nothing where the author does', () => {
    const limits = (service: ChatStackSpecInput['service']) =>
      plan({ service }).service.environment.filter(({ name }) => /^(AUTH|JWT|RATE)_/.test(name));
    expect(limits({ rateLimits: { enabled: true, percent: 200 } })).toEqual([
      { name: 'RATE_LIMITS', value: 'on' },
      { name: 'RATE_LIMIT_PERCENT', value: '200' },
    ]);
    expect(limits({ rateLimits: { enabled: false } })).toEqual([{ name: 'RATE_LIMITS', value: 'off' }]);
    expect(limits({})).toEqual([]);
  });

  test('keeps the tokens of a stack whose author set them by variables', () => {
    const env = [
      { name: 'AUTH_MODE', value: 'jwt' },
      { name: 'RATE_LIMITS', value: 'off' },
    ];
    const { environment } = plan({ service: { env, rateLimits: { enabled: true } } }).service;
    expect(environment.filter(({ name }) => /^(AUTH|JWT|RATE)_/.test(name))).toEqual(env);
  });

  test('divides the memory limit among objects, pages and the rest, also where the author sets it', () => {
    for (const [memory, heap, local] of [
      ['384Mi', 192, 32],
      ['1Gi', 512, 85],
    ] as const) {
      const { environment } = plan({ service: { resources: { limits: { memory } } } }).service;
      expect(variable(environment, 'NODE_OPTIONS')).toMatchObject({ value: expect.stringContaining(`=${heap} `) });
      expect(variable(environment, 'CACHE_LOCAL_BYTES')).toMatchObject({ value: String(local * 1024 ** 2) });
    }
  });

  test('does without PgBouncer and Redis where these are not installed', () => {
    const machine = { folder: '/srv/chat', ports: standardPorts, pgbouncerVersion: undefined, redisInstalled: false };
    const { service, pool, budgets } = plan({}, localPlacement(machine));
    expect(variable(service.environment, 'DATABASE_URL')).toMatchObject({
      value: 'postgresql://127.0.0.1:5432/chatstack',
    });
    expect(variable(service.environment, 'ENABLE_REDIS_CACHE')).toMatchObject({ value: 'false' });
    expect(variable(service.environment, 'REDIS_URL')).toBeUndefined();
    expect(budgets.postgres.lines[0]).toMatchObject({ name: 'service', connections: pool.perService });
  });
});

describe('The plan on one machine', () => {
  test('has one process of each and no setting that an older PgBouncer does not know', () => {
    const machine = { folder: '/srv/chat', ports: standardPorts, pgbouncerVersion: '1.18', redisInstalled: true };
    const local = plan({ size: 'large' }, localPlacement(machine));
    expect([local.service.replicas, local.pgbouncer.replicas]).toEqual([1, 1]);
    expect(local.pgbouncer.files['pgbouncer.ini']).not.toContain('max_prepared_statements');
    expect(plan({}, composePlacement()).pgbouncer.files['pgbouncer.ini']).toContain('max_prepared_statements = 200');
  });
});

describe('Memory that the author sets', () => {
  test('moves the memory settings of Postgres', () => {
    const { postgres } = plan({ postgres: { resources: { requests: { memory: '8Gi' } } } });
    expect(postgres).toMatchObject({
      parameters: { shared_buffers: '2048MB', effective_cache_size: '6144MB' },
      resources: { requests: { memory: '8Gi' }, limits: { memory: '8Gi' } },
    });
  });

  test('pulls the request down to a lower limit', () => {
    expect(plan({ service: { resources: { limits: { memory: '192Mi', cpu: '50m' } } } }).service.resources).toEqual({
      requests: { cpu: '50m', memory: '192Mi' },
      limits: { cpu: '50m', memory: '192Mi' },
    });
  });

  test('of Redis moves its request and limit', () => {
    expect(plan({ redis: { maxMemory: '1Gi' } }).redis).toMatchObject({
      resources: { requests: { memory: '1280Mi' }, limits: { memory: '1568Mi' } },
    });
  });
});

describe('A service that an autoscaler scales', () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 40 } as const;

  test('is counted with the most processes it may have', () => {
    const { budgets, pool, service, decisions } = plan({ service: { autoscaling } });
    expect(service.replicas).toBe(40);
    expect(budgets.clients.lines[0]).toMatchObject({ name: 'service', connections: 40 * pool.perService });
    expect(decisions.find(({ field }) => field === 'service.replicas')?.value).toBe('2 to 40');
  });

  test('is one process where a machine has one of each', () => {
    const { service } = plan({ service: { autoscaling } }, composePlacement());
    expect([service.replicas, service.scaling]).toEqual([1, undefined]);
  });
});

test('Kinds that not every cluster serves are required by the fields that want them', () => {
  const { requires } = plan({
    service: {
      autoscaling: { engine: 'KEDA', maxReplicas: 4 },
      httpRoute: { parentRefs: [{ name: 'public' }] },
    },
  });
  expect(requires.map(({ field, kind }) => [field, kind.kind])).toEqual([
    ['spec.service.autoscaling.engine', 'ScaledObject'],
    ['spec.service.httpRoute', 'HTTPRoute'],
  ]);
});

describe('Without poolers', () => {
  const direct = { pgbouncer: { enabled: false } } as const;

  test('the service and the migration lead straight to Postgres', () => {
    const { service } = plan(direct);
    expect(variable(service.environment, 'DATABASE_URL')).toMatchObject({
      value: 'postgresql://acme-postgres:5432/chatstack',
    });
    expect(service.reaches).toEqual(['postgres', 'redis']);
  });

  test.each([
    ['few processes', { replicas: 2 }, 20],
    ['many processes', { replicas: 9 }, 6],
    ['as many as an autoscaler may add', { autoscaling: { maxReplicas: 19 } }, 3],
  ])('%s share out the connections of Postgres, and what poolers would have stays free', (_, service, each) => {
    const { pool, budgets } = plan({ ...direct, service });
    expect(pool.perService).toBe(each);
    expect(budgets.postgres.headroom).toBeGreaterThanOrEqual(0);
    expect(budgets.postgres.lines.map(({ name }) => name)).toEqual([
      'service',
      'service surge',
      'poolers',
      'migration',
      'administration',
      'exporter',
      'reserved by Postgres',
    ]);
  });

  test('more processes than there are connections are refused with the whole sum, and what to do', () => {
    const planned = attempt({ ...direct, service: { replicas: 80 } });
    if (planned.ok) throw new Error('expected a refusal');
    expect(planned.faults).toHaveLength(1);
    expect(planned.faults[0]).toMatchObject({
      path: 'spec.pgbouncer.enabled',
      found: expect.stringContaining('80 processes'),
    });
  });
});
