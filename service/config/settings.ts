import { z } from 'zod';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { ORIGINS_EXPECTED, readOrigins } from './realtime-config.ts';
import { telemetrySettings } from './telemetry-config.ts';

/** Settings that hold a secret, or may hold one: faults about them never show the value. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'DATABASE_URL_DIRECT',
  'PGPASSWORD',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
]);

// Each message of a schema here and below completes the sentence "expected …".
const wholeNumber = (least: number, most: number, usual: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .pipe(z.number().min(least, expected).max(most, expected))
    .default(usual);
};

const flag = (usual: boolean) =>
  z
    .enum(['true', 'false'], 'true or false')
    .transform((text) => text === 'true')
    .default(usual);

const databaseUrl = z
  .string('a URL such as postgresql://host:5432/database')
  .transform((text, context): DatabaseAddress => {
    const parsed = parseDatabaseUrl(text);
    if ('address' in parsed) return parsed.address;
    context.addIssue(parsed.expected);
    return z.NEVER;
  });

const redisUrl = z.string().refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol), {
  error: 'a URL such as redis://host:6379',
});

const caFile = z.string().startsWith('/', 'the absolute path of a file with certificates in PEM').optional();

const credentials = {
  PGUSER: z.string().optional(),
  // Who logs in instead of PGUSER, where two logins take turns.
  DATABASE_LOGIN_USER: z.string().optional(),
  PGPASSWORD: z.string().optional(),
  DATABASE_CA_FILE: caFile,
};
const logging = {
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
};

const origins = z
  .string()
  .default('')
  .transform((text, context): readonly string[] => {
    const entries = readOrigins(text);
    if (entries) return entries;
    context.addIssue(ORIGINS_EXPECTED);
    return z.NEVER;
  });

const sockets = {
  WS_ALLOWED_ORIGINS: origins,
  WS_MAX_CONNECTIONS_PER_USER: wholeNumber(1, 10_000, 20),
  WS_PING_SECONDS: wholeNumber(1, 300, 25),
  WS_PONG_SECONDS: wholeNumber(1, 60, 8),
  WS_AUTHENTICATE_SECONDS: wholeNumber(1, 60, 10),
  WS_TOKEN_GRACE_SECONDS: wholeNumber(0, 300, 25),
};

/** The environment of `main.ts`. */
export const serviceEnvironment = z.object({
  ...credentials,
  ...logging,
  ...telemetrySettings,
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535, 3001),
  METRICS_PORT: wholeNumber(0, 65_535, 9464),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000, 20_000),
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: wholeNumber(1, 1_000, 10),
  DATABASE_PATIENCE_SECONDS: wholeNumber(2, 60, 3),
  ENABLE_REDIS_CACHE: flag(true),
  REDIS_URL: redisUrl.optional(),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_CA_FILE: caFile,
  CACHE_RECENT_TTL_SECONDS: wholeNumber(1, 3_600, 30),
  CACHE_OLDER_TTL_SECONDS: wholeNumber(1, 3_600, 60),
  CACHE_LOCAL_BYTES: wholeNumber(0, 536_870_912, 33_554_432),
  SERVE_PAGE: flag(true),
  RETENTION_INTERVAL_SECONDS: wholeNumber(1, 86_400, 60),
  SHUTDOWN_DELAY_SECONDS: wholeNumber(0, 300, 0),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(1, 300, 25),
  RATE_LIMITS: z.enum(['on', 'off'], 'on or off').optional(),
  RATE_LIMIT_PERCENT: wholeNumber(1, 100_000, 100),
  ...sockets,
  NODE_ENV: z.enum(['development', 'test', 'production'], 'development, test or production').default('production'),
});

/** The environment of `migrate.ts`. */
export const migrationEnvironment = z.object({ ...credentials, ...logging, DATABASE_URL_DIRECT: databaseUrl });

/** The environment of `fixtures.ts`. */
export const fixturesEnvironment = z.object({ ...credentials, ...logging, DATABASE_URL: databaseUrl });
