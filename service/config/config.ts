import type { z } from 'zod';
import { describeFound, type Fault } from '../domain/faults.ts';
import type { DatabaseAddress } from './database-url.ts';
import { type IdentityConfig, readIdentityConfig } from './identity-config.ts';
import type { RealtimeConfig } from './realtime-config.ts';
import { fixturesEnvironment, migrationEnvironment, SECRET_SETTINGS, serviceEnvironment } from './settings.ts';
import { buildTelemetryConfig, type TelemetryConfig } from './telemetry-config.ts';

/** How to reach a database, complete with who asks. */
export type DatabaseConfig = DatabaseAddress & {
  readonly user: string;
  readonly poolSize: number;
  /** File with the authority of the server's certificate; absent: those of the system. */
  readonly caFile?: string;
  /** How long Postgres may take for one answer, in seconds. Unset: 3. */
  readonly patienceSeconds?: number;
};

/** How to reach Redis. */
export type RedisConfig = {
  /** `rediss:` for an encrypted connection, whose certificate is checked. */
  readonly url: string;
  /** Where the server has users. */
  readonly username?: string;
  readonly password: string | undefined;
  /** File with the authority of the server's certificate; absent: those of the system. */
  readonly caFile?: string;
};

/** How to reach Redis, how long pages live there (in seconds), and how much of them a process keeps itself (0: nothing). */
export type CacheConfig = RedisConfig & {
  readonly recentTtlSeconds: number;
  readonly olderTtlSeconds: number;
  readonly localBytes: number;
};

/** Whether users are held to the budgets of `limits/budgets.ts`, and to how many percent of them. */
export type LimitsConfig = { readonly areOn: boolean; readonly percent: number };

/**
 * Everything `main.ts` needs to know; `cache` is absent when ENABLE_REDIS_CACHE is false, `redis` when there is none at
 * all, which only a service without a cache can do without.
 */
export type ServiceConfig = {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  /** Connections of clients at most, WebSockets among them. */
  readonly maxConnections: number;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig | undefined;
  readonly cache: CacheConfig | undefined;
  readonly identity: IdentityConfig;
  readonly limits: LimitsConfig;
  readonly realtime: RealtimeConfig;
  /** Whether browsers get the chat page at `/`. */
  readonly servesPage: boolean;
  /** Time between two looks for messages that are older than their conversation keeps them. */
  readonly retentionIntervalSeconds: number;
  readonly shutdownDelaySeconds: number;
  readonly shutdownGraceSeconds: number;
  readonly logLevel: string;
  readonly telemetry: TelemetryConfig;
  readonly nodeEnv: string;
};

/** What `migrate.ts` and `fixtures.ts` need to know. */
export type DatabaseTaskConfig = { readonly database: DatabaseConfig; readonly logLevel: string };

/** Environment variables, injected: nothing else in this room reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment cannot be used; the message lists every fault with what to set. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({ field, expected, found }) => `  ${field}: expected ${expected}, found ${found}`);
    super(
      `The environment has ${faults.length} fault(s); correct these variables and start again:\n${lines.join('\n')}`,
    );
    this.faults = faults;
  }
}

/** The configuration of the service, frozen. Throws ConfigError with every fault at once. */
export function parseServiceConfig(environment: Environment): ServiceConfig {
  const { values, faults } = parse(serviceEnvironment, environment);
  const wantsCache = environment.ENABLE_REDIS_CACHE !== 'false';
  if (wantsCache && !environment.REDIS_URL) {
    const expected = 'a URL such as redis://host:6379, or ENABLE_REDIS_CACHE=false';
    faults.push({ field: 'REDIS_URL', expected, found: 'nothing' });
  }
  faults.push(...findUserFaults(environment, values?.DATABASE_URL, 'DATABASE_URL'));
  const { identity, faults: identityFaults } = readIdentityConfig(environment);
  faults.push(...identityFaults);
  if (!values || faults.length > 0) throw new ConfigError(faults);
  const redis =
    values.REDIS_URL === undefined
      ? undefined
      : Object.freeze({
          url: values.REDIS_URL,
          ...(values.REDIS_USERNAME === undefined ? {} : { username: values.REDIS_USERNAME }),
          password: values.REDIS_PASSWORD,
          ...(values.REDIS_CA_FILE === undefined ? {} : { caFile: values.REDIS_CA_FILE }),
        });
  const cache = values.ENABLE_REDIS_CACHE &&
    redis && {
      ...redis,
      recentTtlSeconds: values.CACHE_RECENT_TTL_SECONDS,
      olderTtlSeconds: values.CACHE_OLDER_TTL_SECONDS,
      localBytes: values.CACHE_LOCAL_BYTES,
    };
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    maxConnections: values.MAX_CONNECTIONS,
    database: Object.freeze({
      ...withCredentials(values.DATABASE_URL, values, values.DATABASE_POOL_SIZE),
      patienceSeconds: values.DATABASE_PATIENCE_SECONDS,
    }),
    redis,
    cache: cache ? Object.freeze(cache) : undefined,
    identity: Object.freeze(identity),
    limits: Object.freeze({
      // Who may choose any id is bound by no budget of one: in development limits would only stop the honest.
      areOn: values.RATE_LIMITS === undefined ? identity.mode === 'jwt' : values.RATE_LIMITS === 'on',
      percent: values.RATE_LIMIT_PERCENT,
    }),
    realtime: Object.freeze({
      allowedOrigins: Object.freeze(values.WS_ALLOWED_ORIGINS),
      maxConnectionsPerUser: values.WS_MAX_CONNECTIONS_PER_USER,
      pingSeconds: values.WS_PING_SECONDS,
      pongSeconds: values.WS_PONG_SECONDS,
      authenticateSeconds: values.WS_AUTHENTICATE_SECONDS,
      tokenGraceSeconds: values.WS_TOKEN_GRACE_SECONDS,
    }),
    servesPage: values.SERVE_PAGE,
    retentionIntervalSeconds: values.RETENTION_INTERVAL_SECONDS,
    shutdownDelaySeconds: values.SHUTDOWN_DELAY_SECONDS,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
    logLevel: values.LOG_LEVEL,
    telemetry: buildTelemetryConfig(values),
    nodeEnv: values.NODE_ENV,
  });
}

/** The configuration of a migration: straight to Postgres (DATABASE_URL_DIRECT), never through PgBouncer. */
export function parseMigrationConfig(environment: Environment): DatabaseTaskConfig {
  const { values, faults } = parse(migrationEnvironment, environment);
  faults.push(...findUserFaults(environment, values?.DATABASE_URL_DIRECT, 'DATABASE_URL_DIRECT'));
  if (!values || faults.length > 0) throw new ConfigError(faults);
  return freezeTask(withCredentials(values.DATABASE_URL_DIRECT, values, 2), values.LOG_LEVEL);
}

/** The configuration of the fixtures, written through DATABASE_URL as the service would. */
export function parseFixturesConfig(environment: Environment): DatabaseTaskConfig {
  const { values, faults } = parse(fixturesEnvironment, environment);
  faults.push(...findUserFaults(environment, values?.DATABASE_URL, 'DATABASE_URL'));
  if (!values || faults.length > 0) throw new ConfigError(faults);
  return freezeTask(withCredentials(values.DATABASE_URL, values, 1), values.LOG_LEVEL);
}

function freezeTask(database: DatabaseConfig, logLevel: string): DatabaseTaskConfig {
  return Object.freeze({ database: Object.freeze(database), logLevel });
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
): { values: z.output<Schema> | undefined; faults: Fault[] } {
  // An empty variable means the same as an absent one: shells and manifests cannot always leave one out.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { values: parsed.data, faults: [] };
  const faults = parsed.error.issues.map((issue) => {
    const field = String(issue.path[0]);
    const isSecret = SECRET_SETTINGS.has(field) && given[field] !== undefined;
    return {
      field,
      expected: issue.message,
      found: isSecret ? 'something else (not shown)' : describeFound(given[field]),
    };
  });
  return { values: undefined, faults };
}

function findUserFaults(environment: Environment, address: DatabaseAddress | undefined, urlName: string): Fault[] {
  if (!address || address.user !== undefined || environment.PGUSER || environment.DATABASE_LOGIN_USER) return [];
  return [{ field: 'PGUSER', expected: `the database user, as ${urlName} names none`, found: 'nothing' }];
}

function withCredentials(
  address: DatabaseAddress,
  values: {
    PGUSER?: string | undefined;
    DATABASE_LOGIN_USER?: string | undefined;
    PGPASSWORD?: string | undefined;
    DATABASE_CA_FILE?: string | undefined;
  },
  poolSize: number,
): DatabaseConfig {
  const password = address.password ?? values.PGPASSWORD;
  const { DATABASE_CA_FILE: caFile } = values;
  return {
    ...address,
    user: address.user ?? values.DATABASE_LOGIN_USER ?? values.PGUSER ?? '',
    ...(password ? { password } : {}),
    ...(caFile === undefined ? {} : { caFile }),
    poolSize,
  };
}
