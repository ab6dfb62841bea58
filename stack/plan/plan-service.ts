import { buildIdentityEnvironment } from '../config/identity-environment.ts';
import {
  buildMigrationEnvironment,
  buildServiceEnvironment,
  type DatabasePlace,
} from '../config/service-environment.ts';
import { parseDuration } from '../quantity/duration.ts';
import { quantity, toBytes } from '../quantity/quantity.ts';
import type { Decision } from './decision.ts';
import { databaseLogin, type PlanInput, processCounts } from './plan-input.ts';
import { postgresProtection, protectionOf, type TlsPlan } from './plan-tls.ts';
import { redisLogin } from './redis-login.ts';
import { buildResources, formatResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { EnvironmentVariable, MigrationPlan, PoolSizes, PostgresPlan, ServicePlan } from './stack-plan.ts';

/** Seconds for requests under way after the delay, and for what comes after them, before a stopping process is killed. */
const shutdown = { grace: 25, reserve: 10 } as const;

/**
 * Part of the memory limit for JavaScript objects. The rest is for what is not among them: code and native memory (about 60 MiB),
 * young objects (three times maxSemiSpace), pages kept within the process, and buffers of sockets.
 */
const heapShare = 0.5;

/** Part of the memory limit for pages of history that the process keeps as bytes, outside the heap. */
const localCacheShare = 1 / 12;

/** What a process takes in MiB, under load and without its connections, beside the pages that it keeps. */
const busyProcess = 200;

/** What a kept connection or a WebSocket takes while it waits for an answer, in KiB: 22 were measured, 13 to 15 between requests. */
const connectionCost = 24;

/** Connections that the memory limit has room for, in steps of 100; some always, for a limit below all that is measured. */
const planConnections = (memoryLimit: number, localCache: number): number =>
  Math.max(1_000, Math.floor(((memoryLimit - busyProcess - localCache) * 1024) / connectionCost / 100) * 100);

/** Half of V8's space for young objects at most, in MiB. By itself it grows further under load and is never given back. */
const maxSemiSpace = 16;

/**
 * Seconds that a statement may take. In Kubernetes poolers hold clients while Postgres starts again or another instance takes over, which
 * takes 3 to 6 s: whoever asks waits for that instead of being told an error. It is less than the 10 s that our client waits.
 */
const databasePatience = { kubernetes: 8, compose: 3, local: 3 } as const;

const durationOf = (text: string): number => {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new RangeError(`expected a duration such as 30s, found "${text}"`);
  return seconds;
};

const variableOf = ({ name, value, valueFrom }: PlanInput['spec']['service']['env'][number]): EnvironmentVariable =>
  valueFrom === undefined ? { name, value: value ?? '' } : { name, secret: valueFrom.secretKeyRef };

/** Number of service processes a spec asks for at most, before the placement has its say. */
export const serviceReplicas = ({ spec }: PlanInput): number =>
  spec.service.autoscaling?.maxReplicas ?? spec.service.replicas ?? sizes[spec.size].service.replicas;

const replicasDecision = ({ spec, placement }: PlanInput, replicas: number): Decision => {
  const field = 'service.replicas';
  const { autoscaling } = spec.service;
  if (placement.processes === 'one')
    return {
      field,
      value: replicas,
      reason: 'one process of each program on one machine',
      source: `placement ${placement.kind}`,
    };
  if (autoscaling !== undefined)
    return {
      field,
      value: `${autoscaling.minReplicas} to ${replicas}`,
      reason: `by ${autoscaling.engine}; every sum counts ${replicas}, and one more while a version is replaced`,
      source: 'spec',
    };
  return {
    field,
    value: replicas,
    reason: 'processes that serve; one more runs while a version is replaced',
    source: spec.service.replicas === undefined ? `table of sizes, row ${spec.size}` : 'spec',
  };
};

/** Plans the chat service and its migration. */
export const planService = (
  input: PlanInput,
  postgres: PostgresPlan,
  pool: PoolSizes,
  tls: TlsPlan | undefined,
): { readonly plan: ServicePlan; readonly migration: MigrationPlan; readonly decisions: readonly Decision[] } => {
  const { spec, placement, images } = input;
  const row = sizes[spec.size];
  const image = spec.service.image ?? images.service;
  const resources = buildResources(row.service, spec.service.resources);
  const direct: DatabasePlace = {
    host: postgres.host,
    port: postgres.port,
    database: postgres.database,
    protection: postgresProtection(input, tls),
  };
  const { pgbouncer, redis, service } = placement;
  const memoryLimit = toBytes(quantity(resources.limits.memory)) / 1024 ** 2;
  const maxHeap = Math.floor(memoryLimit * heapShare);
  const localCache = Math.floor(memoryLimit * localCacheShare);
  const maxConnections = planConnections(memoryLimit, localCache);
  const environment = buildServiceEnvironment({
    listen: service.listen,
    port: service.port,
    metricsPort: service.metricsPort,
    database: pgbouncer.runs
      ? { host: pgbouncer.host, port: pgbouncer.port, database: postgres.database, protection: protectionOf(tls) }
      : direct,
    login: databaseLogin(input),
    poolSize: pool.perService,
    databasePatience: databasePatience[placement.kind],
    redis: redis.runs ? { host: redis.host, port: redis.port, ...redisLogin(input, tls) } : undefined,
    cache: {
      enabled: spec.service.cache.enabled,
      recentTtl: durationOf(spec.service.cache.recentTTL),
      olderTtl: durationOf(spec.service.cache.olderTTL),
      local: localCache,
    },
    shutdownDelay: service.shutdownDelaySeconds,
    shutdownGrace: shutdown.grace,
    maxConnections,
    maxHeap,
    maxSemiSpace,
    identity: buildIdentityEnvironment(spec.service),
    further: spec.service.env.map(variableOf),
  });
  const { replicas } = processCounts(placement, serviceReplicas(input));
  return {
    plan: {
      image,
      replicas,
      scaling: placement.processes === 'one' ? undefined : spec.service.autoscaling,
      reaches: [pgbouncer.runs ? 'pgbouncer' : 'postgres', ...(spec.redis.external ? [] : ['redis'])],
      ingress: spec.service.ingress,
      httpRoute: spec.service.httpRoute,
      resources,
      environment,
      command: ['node', 'service/main.ts'],
      terminationGraceSeconds: service.shutdownDelaySeconds + shutdown.grace + shutdown.reserve,
    },
    migration: {
      image,
      resources: buildResources(row.migration, undefined),
      environment: buildMigrationEnvironment(direct, databaseLogin(input)),
      command: ['node', 'service/migrate.ts'],
    },
    decisions: [
      replicasDecision(input, replicas),
      {
        field: 'service.resources',
        value: formatResources(resources),
        reason: 'what each process is given',
        source: spec.service.resources ? `spec over row ${spec.size}` : `table of sizes, row ${spec.size}`,
      },
      {
        field: 'service.maxHeap',
        value: `${maxHeap}MiB`,
        reason: `${heapShare} of the memory limit, as pages, sockets and code need the rest: a full heap fails one process with a report instead of being killed without`,
        source: 'Node.js documentation, --max-old-space-size',
      },
      {
        field: 'service.localCache',
        value: `${localCache}MiB`,
        reason: 'a twelfth of the memory limit: pages that the process itself keeps, beside its heap',
        source: 'a page of 50 messages is about 13.5 KB',
      },
      {
        field: 'service.maxConnections',
        value: maxConnections,
        reason: `the memory limit without ${busyProcess}MiB of a busy process and its pages, at ${connectionCost}KiB for each that waits for an answer; further ones are refused with 503, for a process without memory is killed with all it has`,
        source:
          'measured: 22 KiB with 5,000 requests under way at once, 13 to 15 with 10,000 connections at 670 requests/s',
      },
      {
        field: 'service.maxSemiSpace',
        value: `${maxSemiSpace}MiB`,
        reason: 'unbounded, a process under load grows by about half, and gives little of it back',
        source: 'Node.js documentation, --max-semi-space-size; measured with the cached page, 64 connections',
      },
    ],
  };
};
