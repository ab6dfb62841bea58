import type { ConnectionProtection } from '../plan/plan-tls.ts';
import type { EnvironmentVariable, SecretKey } from '../plan/stack-plan.ts';

/** Who a process is to Postgres. */
export interface DatabaseLogin {
  readonly user: { readonly value: string } | { readonly secret: SecretKey };
  /** Who it is instead, once a rotation gave another one the turn. */
  readonly turn?: readonly EnvironmentVariable[];
  readonly password: SecretKey;
}

/** Where Postgres or the pooler in front of it is. */
export interface DatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly protection: ConnectionProtection;
}

/** What the environment of the service is made from. Durations in seconds. */
export interface ServiceEnvironment {
  readonly listen: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly database: DatabasePlace;
  readonly login: DatabaseLogin;
  readonly poolSize: number;
  /** How long Postgres may take for an answer. */
  readonly databasePatience: number;
  /** Unset: there is no Redis. */
  readonly redis:
    | {
        readonly host: string;
        readonly port: number;
        /** Taken where the Secret has it. */
        readonly username?: SecretKey;
        readonly password?: SecretKey;
        readonly protection: ConnectionProtection;
      }
    | undefined;
  readonly cache: {
    readonly enabled: boolean;
    readonly recentTtl: number;
    readonly olderTtl: number;
    /** Pages kept within the process at most, in MiB. */
    readonly local: number;
  };
  readonly shutdownDelay: number;
  readonly shutdownGrace: number;
  /** Connections of clients at most. */
  readonly maxConnections: number;
  /** Heap of JavaScript objects at most, in MiB. */
  readonly maxHeap: number;
  /** Half of the space for young objects at most, in MiB; V8 takes up to three times as much memory. */
  readonly maxSemiSpace: number;
  /** Who asks, and how often. */
  readonly identity: readonly EnvironmentVariable[];
  readonly further: readonly EnvironmentVariable[];
}

const url = ({ host, port, database, protection: { mode } }: DatabasePlace): string =>
  `postgresql://${host}:${port}/${database}${mode === 'disable' || mode === 'prefer' ? '' : `?sslmode=${mode}`}`;

const authorityVariable = (name: string, { caFile }: ConnectionProtection): readonly EnvironmentVariable[] =>
  caFile === undefined ? [] : [{ name, value: caFile }];

const loginVariables = ({ user, turn = [], password }: DatabaseLogin): readonly EnvironmentVariable[] => [
  'value' in user ? { name: 'PGUSER', value: user.value } : { name: 'PGUSER', secret: user.secret },
  ...turn,
  { name: 'PGPASSWORD', secret: password },
];

const redisVariables = ({ redis, cache }: ServiceEnvironment): readonly EnvironmentVariable[] => [
  { name: 'ENABLE_REDIS_CACHE', value: String(redis !== undefined && cache.enabled) },
  ...(redis === undefined
    ? []
    : [
        {
          name: 'REDIS_URL',
          value: `${redis.protection.mode === 'disable' ? 'redis' : 'rediss'}://${redis.host}:${redis.port}`,
        },
        ...authorityVariable('REDIS_CA_FILE', redis.protection),
        ...(redis.username === undefined
          ? []
          : [{ name: 'REDIS_USERNAME', secret: redis.username, optional: true } as const]),
        ...(redis.password === undefined ? [] : [{ name: 'REDIS_PASSWORD', secret: redis.password }]),
      ]),
];

/** The environment of a service process. Variables of the author come over the ones that nothing else depends on. */
export const buildServiceEnvironment = (input: ServiceEnvironment): readonly EnvironmentVariable[] => {
  const variables: readonly EnvironmentVariable[] = [
    { name: 'NODE_ENV', value: 'production' },
    {
      name: 'NODE_OPTIONS',
      value: `--max-old-space-size=${input.maxHeap} --max-semi-space-size=${input.maxSemiSpace}`,
    },
    { name: 'LOG_LEVEL', value: 'info' },
    { name: 'HOST', value: input.listen },
    { name: 'PORT', value: String(input.port) },
    { name: 'METRICS_PORT', value: String(input.metricsPort) },
    { name: 'MAX_CONNECTIONS', value: String(input.maxConnections) },
    { name: 'DATABASE_URL', value: url(input.database) },
    ...authorityVariable('DATABASE_CA_FILE', input.database.protection),
    ...loginVariables(input.login),
    { name: 'DATABASE_POOL_SIZE', value: String(input.poolSize) },
    { name: 'DATABASE_PATIENCE_SECONDS', value: String(input.databasePatience) },
    ...redisVariables(input),
    ...input.identity,
    { name: 'CACHE_RECENT_TTL_SECONDS', value: String(input.cache.recentTtl) },
    { name: 'CACHE_OLDER_TTL_SECONDS', value: String(input.cache.olderTtl) },
    { name: 'CACHE_LOCAL_BYTES', value: String(input.cache.local * 1024 ** 2) },
    { name: 'SHUTDOWN_DELAY_SECONDS', value: String(input.shutdownDelay) },
    { name: 'SHUTDOWN_GRACE_SECONDS', value: String(input.shutdownGrace) },
  ];
  const own = new Set(input.further.map(({ name }) => name));
  return [...variables.filter(({ name }) => !own.has(name)), ...input.further];
};

/** The environment of the migration: straight to Postgres. */
export const buildMigrationEnvironment = (
  direct: DatabasePlace,
  login: DatabaseLogin,
): readonly EnvironmentVariable[] => [
  { name: 'NODE_ENV', value: 'production' },
  { name: 'DATABASE_URL_DIRECT', value: url(direct) },
  ...authorityVariable('DATABASE_CA_FILE', direct.protection),
  ...loginVariables(login),
];
