import type { Fault } from '../api/fault.ts';
import { parseDuration } from '../quantity/duration.ts';
import { compareQuantities, quantity } from '../quantity/quantity.ts';
import type { PostgresUse } from './budget.ts';
import { isMeasured } from './measured.ts';
import { optionalKinds, type RequiredKind } from './optional-kinds.ts';
import { placeComponents } from './place-components.ts';
import { planBackup } from './plan-backup.ts';
import { checkFixedParameters } from './plan-cloud-native-pg.ts';
import { credentialsName, maxNameLength, namePattern, type PlanInput, processCounts } from './plan-input.ts';
import { planMonitoring } from './plan-monitoring.ts';
import { planNetwork } from './plan-network.ts';
import { planPgbouncer } from './plan-pgbouncer.ts';
import { planPostgres } from './plan-postgres.ts';
import { planRedis } from './plan-redis.ts';
import { planSecrets } from './plan-secrets.ts';
import { planService, serviceReplicas } from './plan-service.ts';
import { externalAuthorities, kindsOfTls, planTls } from './plan-tls.ts';
import { choosePools } from './pools.ts';
import { sizes } from './sizes.ts';
import type { Budgets, PostgresPlan, StackPlan } from './stack-plan.ts';

/** A plan, or everything that stands against one; with the budgets where they could be computed. */
export type Planned =
  | { readonly ok: true; readonly plan: StackPlan }
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly budgets?: Budgets };

const checkName = (name: string): readonly Fault[] =>
  name.length <= maxNameLength && new RegExp(namePattern).test(name)
    ? []
    : [
        {
          path: 'metadata.name',
          expected: `at most ${maxNameLength} lower-case letters, digits and "-", a letter first`,
          found: JSON.stringify(name),
          remedy: 'give the ChatStack another name: its children and their host names begin with it',
        },
      ];

/** The least memory with which a program starts and serves. */
const leastMemory = { postgres: '192Mi', pgbouncer: '32Mi', service: '192Mi' } as const;

const checkMemory = (plans: { readonly [name in keyof typeof leastMemory]: string | undefined }): readonly Fault[] =>
  (['postgres', 'pgbouncer', 'service'] as const).flatMap((name) => {
    const limit = plans[name];
    return limit === undefined || compareQuantities(quantity(limit), quantity(leastMemory[name])) >= 0
      ? []
      : [
          {
            path: `spec.${name}.resources.limits.memory`,
            expected: `at least ${leastMemory[name]}`,
            found: limit,
            remedy: 'raise the limit: the program would be killed while it starts',
          },
        ];
  });

const numbered = ['max_connections', 'superuser_reserved_connections', 'reserved_connections'] as const;

const checkParameters = (parameters: { readonly [name: string]: string } = {}): readonly Fault[] =>
  numbered.flatMap((name) => {
    const value = parameters[name];
    return value === undefined || /^[0-9]{1,6}$/.test(value)
      ? []
      : [
          {
            path: `spec.postgres.parameters.${name}`,
            expected: 'a whole number of connections',
            found: JSON.stringify(value),
            remedy: 'correct it: the connection budget is computed from it',
          },
        ];
  });

/** `max_connections` of an external Postgres that nobody has asked yet: the default of PostgreSQL. */
const assumedMaxConnections = 100;

/** Of the instance manager to postgres and the application's database, and of the metrics exporter: at most 3 each (its pool.go). */
const cloudNativePgConnections = 9;

/** `superuser_reserved_connections` unless somebody sets it. */
const usualReserve = 3;

const postgresUse = (input: PlanInput, postgres: PostgresPlan): PostgresUse => {
  const { spec, placement } = input;
  const { replicas, surge } = processCounts(placement, spec.pgbouncer.replicas);
  const parameters = postgres.mode === 'External' ? {} : postgres.parameters;
  return {
    maxConnections: Number(
      parameters.max_connections ??
        spec.postgres.external?.maxConnections ??
        input.observed?.maxConnections ??
        assumedMaxConnections,
    ),
    reservedByPostgres:
      postgres.mode === 'External'
        ? (input.observed?.reservedConnections ?? usualReserve)
        : Number(parameters.superuser_reserved_connections ?? usualReserve) +
          Number(parameters.reserved_connections ?? 0),
    poolers: replicas,
    poolerSurge: surge,
    measured: isMeasured(input),
    ownConnections: postgres.mode === 'CloudNativePG' ? cloudNativePgConnections : 0,
    lookups: postgres.mode === 'Managed' && (placement.pgbouncer.runs || placement.kind === 'kubernetes') ? 1 : 0,
  };
};

const coresOf = ({ spec }: PlanInput): number | undefined => {
  if (spec.postgres.external !== undefined) return undefined;
  const { requests, limits } = spec.postgres.resources ?? {};
  const cores = (value: string | number) => Math.max(Math.ceil(Number(quantity(String(value)).milli) / 1000), 1);
  if (limits?.cpu !== undefined) return cores(limits.cpu);
  const row = sizes[spec.size].postgres.cores;
  return requests?.cpu === undefined ? row : Math.max(row, cores(requests.cpu));
};

/** The optional kinds that a spec wants, by the fields that want them. */
const requiredKinds = ({ spec }: PlanInput): readonly RequiredKind[] => [
  ...(spec.postgres.mode === 'CloudNativePG'
    ? [{ field: 'spec.postgres.mode', kind: optionalKinds.cloudNativePgCluster }]
    : []),
  ...(spec.service.autoscaling?.engine === 'KEDA'
    ? [{ field: 'spec.service.autoscaling.engine', kind: optionalKinds.scaledObject }]
    : []),
  ...(spec.redis.mode === 'Opstree' ? [{ field: 'spec.redis.mode', kind: optionalKinds.redisReplication }] : []),
  ...(spec.service.httpRoute === undefined ? [] : [{ field: 'spec.service.httpRoute', kind: optionalKinds.httpRoute }]),
];

/**
 * Computes from a spec everything a stack consists of: images, resources, replicas, pool sizes, the text of every file, the
 * environment of every process, each number with its reason. Pure. A spec whose pools do not fit, or that no program could start
 * with, ends in faults that hold the complete sum.
 */
export const planStack = (asked: PlanInput): Planned => {
  const input = { ...asked, placement: placeComponents(asked) };
  const { name, namespace = 'default', spec, placement } = input;
  const early = [...checkName(name), ...checkParameters(spec.postgres.parameters), ...checkFixedParameters(input)];
  if (early.length > 0) return { ok: false, faults: early };
  const tls = planTls(input);
  const postgres = planPostgres(input, tls.plan);
  const services = processCounts(placement, serviceReplicas(input));
  const use = postgresUse(input, postgres.plan);
  const pools = choosePools({
    asked: spec.pgbouncer,
    postgres: use,
    clients: {
      maxClientConnections: spec.pgbouncer.maxClientConnections,
      poolers: use.poolers,
      processes: services.replicas,
      processSurge: services.surge,
    },
    cores: coresOf(input),
    pooled: placement.pgbouncer.runs,
    switchable: placement.kind === 'kubernetes',
  });
  const pgbouncer = planPgbouncer(input, postgres.plan, pools.pool, tls.plan);
  const redis = planRedis(input, tls.plan);
  const service = planService(input, postgres.plan, pools.pool, tls.plan);
  const monitoring = planMonitoring(input, { postgres: postgres.plan, pool: pools.pool, use, tls: tls.plan });
  const backup = planBackup(input, postgres.plan, service.plan, tls.plan);
  const faults = [
    ...tls.faults,
    ...pools.faults,
    ...redis.faults,
    ...monitoring.faults,
    ...checkMemory({
      postgres: postgres.plan.mode !== 'External' ? postgres.plan.resources.limits.memory : undefined,
      pgbouncer: pgbouncer.plan.resources.limits.memory,
      service: service.plan.resources.limits.memory,
    }),
  ];
  if (faults.length > 0) return { ok: false, faults, budgets: pools.budgets };
  return {
    ok: true,
    plan: {
      name,
      namespace,
      size: spec.size,
      deletionPolicy: spec.deletionPolicy,
      placement,
      credentialsName: credentialsName(name),
      ...(spec.credentials.rotateEvery === undefined
        ? {}
        : { rotateEvery: parseDuration(spec.credentials.rotateEvery) ?? 0 }),
      postgres: postgres.plan,
      pgbouncer: pgbouncer.plan,
      redis: redis.plan,
      service: service.plan,
      migration: service.migration,
      ...(backup.plan === undefined ? {} : { backup: backup.plan }),
      ...(tls.plan === undefined ? {} : { tls: tls.plan }),
      ...(monitoring.plan === undefined ? {} : { monitoring: monitoring.plan }),
      externalAuthorities: externalAuthorities(input, tls.plan),
      pool: pools.pool,
      budgets: pools.budgets,
      secrets: planSecrets(input),
      network: planNetwork(input, postgres.plan, monitoring.plan),
      requires: [...requiredKinds(input), ...kindsOfTls(tls.plan)],
      decisions: [
        ...pools.decisions,
        ...pgbouncer.decisions,
        ...service.decisions,
        ...redis.decisions,
        ...postgres.decisions,
        ...backup.decisions,
        ...monitoring.decisions,
      ],
    },
  };
};
