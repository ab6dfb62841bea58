import type { Fault } from '../api/fault.ts';
import { buildRedisAdditionalConf } from '../config/redis-additional-conf.ts';
import { buildRedisConf } from '../config/redis-conf.ts';
import { buildStartRedis, localRedisPassword } from '../config/start-redis.ts';
import { compareQuantities, formatQuantity, fromBytes, quantity, toBytes } from '../quantity/quantity.ts';
import type { Decision } from './decision.ts';
import { buildHash } from './hash.ts';
import { credential, credentialVariable, type PlanInput, turnVariables } from './plan-input.ts';
import { certificateFolder, type TlsPlan } from './plan-tls.ts';
import { buildResources, formatResources } from './resources.ts';
import { type Shares, sizes } from './sizes.ts';
import type { ManagedRedisPlan, OpstreeRedisPlan, RedisPlan } from './stack-plan.ts';

const mebibyte = 1024 ** 2;

/** Memory of Redis over maxmemory, which counts data alone: fragmentation and buffers of clients. */
const overhead = { request: 1.25, limit: 1.5, fixed: 32 * mebibyte } as const;

const wholeMebibytes = (bytes: number): string => formatQuantity(fromBytes(Math.ceil(bytes / mebibyte) * mebibyte));

const sharesFor = (cpu: string, maxMemoryBytes: number): Shares => ({
  cpu,
  memory: wholeMebibytes(maxMemoryBytes * overhead.request),
  memoryLimit: wholeMebibytes(maxMemoryBytes * overhead.limit + overhead.fixed),
});

const overLimit = (maxMemory: string, limit: string): readonly Fault[] => {
  const needed = fromBytes(Math.ceil(toBytes(quantity(maxMemory)) * overhead.request));
  return compareQuantities(needed, quantity(limit)) <= 0
    ? []
    : [
        {
          path: 'spec.redis.resources.limits.memory',
          expected: `at least ${wholeMebibytes(toBytes(needed))}: maxMemory ${maxMemory} × ${overhead.request} for fragmentation and buffers`,
          found: limit,
          remedy: 'raise the limit or lower redis.maxMemory',
        },
      ];
};

interface PlannedRedis {
  readonly plan: RedisPlan;
  readonly decisions: readonly Decision[];
  readonly faults: readonly Fault[];
}

/** Image of the redis-operator's project: it holds the start scripts that this operator relies on. */
const opstreeImage = 'quay.io/opstree/redis:v7.0.15';

/** One may be lost while the other serves. */
const opstreeInstances = 2;

const planExternal = (external: NonNullable<PlanInput['spec']['redis']['external']>): PlannedRedis => ({
  plan: {
    mode: 'External',
    files: {},
    host: external.host,
    port: external.port,
  },
  decisions: [],
  faults: [],
});

/** Plans the cache. */
export const planRedis = (input: PlanInput, tls: TlsPlan | undefined): PlannedRedis => {
  const { external } = input.spec.redis;
  return external === undefined ? planOwn(input, tls) : planExternal(external);
};

const planOwn = (input: PlanInput, tls: TlsPlan | undefined): PlannedRedis => {
  const { spec, placement, images, name } = input;
  const row = sizes[spec.size].redis;
  const maxMemory = spec.redis.maxMemory ?? row.maxMemory;
  const maxMemoryBytes = toBytes(quantity(maxMemory));
  const resources = buildResources(sharesFor(row.cpu, maxMemoryBytes), spec.redis.resources);
  const { configFolder, runFolder, listen, port } = placement.redis;
  const files = {
    'redis.conf': buildRedisConf({
      listen,
      port,
      folder: runFolder,
      maxMemoryBytes,
      maxMemoryPolicy: spec.redis.maxMemoryPolicy,
      ...(tls === undefined ? {} : { certificateFolder }),
    }),
    'start.sh': buildStartRedis({
      configFile: `${configFolder}/redis.conf`,
      secretFile: `${runFolder}/secret.conf`,
      localFile: localRedisPassword(runFolder),
      ...(tls === undefined ? {} : { certificates: { folder: certificateFolder, port } }),
    }),
  };
  const managed: ManagedRedisPlan = {
    mode: 'Managed',
    image: spec.redis.image ?? images.redis,
    resources,
    files,
    environment: [
      credentialVariable('REDIS_PASSWORD', name, 'redis-password'),
      ...turnVariables(input, { OTHER_REDIS_PASSWORD: 'other-redis-password' }),
    ],
    restartHash: buildHash(files),
  };
  const opstree: OpstreeRedisPlan = {
    mode: 'Opstree',
    image: spec.redis.image ?? opstreeImage,
    instances: opstreeInstances,
    resources,
    files: {
      'redis-additional.conf': buildRedisAdditionalConf({
        maxMemoryBytes,
        maxMemoryPolicy: spec.redis.maxMemoryPolicy,
      }),
    },
    password: credential(name, 'redis-password'),
  };
  return {
    plan: spec.redis.mode === 'Opstree' && placement.kind === 'kubernetes' ? opstree : managed,
    decisions: [
      {
        field: 'redis.maxMemory',
        value: formatQuantity(quantity(maxMemory)),
        reason: 'cached data; the least recently used goes when it is full, unless the policy is another',
        source: spec.redis.maxMemory === undefined ? `table of sizes, row ${spec.size}` : 'spec',
      },
      {
        field: 'redis.resources',
        value: formatResources(resources),
        reason: `maxMemory × ${overhead.request}, at most × ${overhead.limit} + 32Mi: data, fragmentation and buffers`,
        source: spec.redis.resources ? 'spec over maxMemory' : 'redis.io documentation, Memory optimization',
      },
    ],
    faults: overLimit(maxMemory, resources.limits.memory),
  };
};
