import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseFixturesConfig, parseMigrationConfig, parseServiceConfig } from './config.ts';

const usable = {
  DATABASE_URL: 'postgresql://pooler:6432/chat',
  DATABASE_URL_DIRECT: 'postgresql://db:5432/chat',
  PGUSER: 'chatstack',
  PGPASSWORD: 'p@ss/w:rd %',
  REDIS_URL: 'redis://cache:6379',
};

function faultsOf(parse: () => unknown): ConfigError {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('Expected a ConfigError, found none');
}

describe('the configuration of the service', () => {
  test('has usual values for what is not set, also for what is set to nothing', () => {
    expect(parseServiceConfig({ ...usable, PORT: '' })).toEqual({
      host: '0.0.0.0',
      port: 3001,
      metricsPort: 9464,
      maxConnections: 20_000,
      database: {
        host: 'pooler',
        port: 6432,
        database: 'chat',
        user: 'chatstack',
        password: 'p@ss/w:rd %',
        sslMode: 'disable',
        poolSize: 10,
        patienceSeconds: 3,
      },
      redis: { url: 'redis://cache:6379', password: undefined },
      cache: {
        url: 'redis://cache:6379',
        password: undefined,
        recentTtlSeconds: 30,
        olderTtlSeconds: 60,
        localBytes: 33_554_432,
      },
      identity: { mode: 'development' },
      limits: { areOn: false, percent: 100 },
      realtime: {
        allowedOrigins: [],
        maxConnectionsPerUser: 20,
        pingSeconds: 25,
        pongSeconds: 8,
        authenticateSeconds: 10,
        tokenGraceSeconds: 25,
      },
      retentionIntervalSeconds: 60,
      servesPage: true,
      shutdownDelaySeconds: 0,
      shutdownGraceSeconds: 25,
      logLevel: 'info',
      telemetry: { logRequests: 'notable', tracing: undefined },
      nodeEnv: 'production',
    });
  });

  test('is frozen', () => {
    const config = parseServiceConfig(usable);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.database)).toBe(true);
    expect(Object.isFrozen(config.cache)).toBe(true);
    expect(Object.isFrozen(config.redis)).toBe(true);
    expect(Object.isFrozen(config.identity)).toBe(true);
    expect(Object.isFrozen(config.limits)).toBe(true);
    expect(Object.isFrozen(config.realtime)).toBe(true);
    expect(Object.isFrozen(config.realtime.allowedOrigins)).toBe(true);
  });

  test('prefers the credentials of the URL to PGUSER and PGPASSWORD', () => {
    const url = 'postgres://ann:s%40fe@[::1]/chat?sslmode=verify-full';
    expect(parseServiceConfig({ ...usable, DATABASE_URL: url }).database).toMatchObject({
      host: '::1',
      port: 5432,
      user: 'ann',
      password: 's@fe',
      sslMode: 'verify-full',
    });
  });

  test('takes a list of origins, and refuses what browsers would never tell', () => {
    const origins = (WS_ALLOWED_ORIGINS: string) =>
      parseServiceConfig({ ...usable, WS_ALLOWED_ORIGINS }).realtime.allowedOrigins;
    expect(origins('https://a.example, http://localhost:8080,')).toEqual([
      'https://a.example',
      'http://localhost:8080',
    ]);
    expect(origins('*')).toEqual(['*']);
    for (const useless of ['https://a.example/', 'a.example', 'https://a.example/chat']) {
      expect(faultsOf(() => origins(useless)).message).toContain('WS_ALLOWED_ORIGINS: expected origins such as');
    }
  });

  test('needs no Redis when the cache is off', () => {
    const { cache, redis } = parseServiceConfig({ ...usable, REDIS_URL: undefined, ENABLE_REDIS_CACHE: 'false' });
    expect([cache, redis]).toEqual([undefined, undefined]);
  });

  test('keeps Redis for everything else when only the cache is off', () => {
    const { cache, redis } = parseServiceConfig({ ...usable, REDIS_PASSWORD: 's', ENABLE_REDIS_CACHE: 'false' });
    expect([cache, redis]).toEqual([undefined, { url: 'redis://cache:6379', password: 's' }]);
  });

  test('reports every fault at once, with what was expected and found', () => {
    const environment = {
      PORT: '70000',
      METRICS_PORT: 'x',
      DATABASE_URL: 'mysql://u:secret-one@db/chat',
      LOG_LEVEL: 'loud',
    };
    const error = faultsOf(() => parseServiceConfig({ ...environment, REDIS_PASSWORD: 'secret-two' }));
    expect(error.faults.map(({ field }) => field).sort()).toEqual([
      'DATABASE_URL',
      'LOG_LEVEL',
      'METRICS_PORT',
      'PORT',
      'REDIS_URL',
    ]);
    expect(error.message).toContain('PORT: expected a whole number from 0 to 65535, found "70000"');
    expect(error.message).toContain('REDIS_URL: expected a URL such as redis://host:6379, or ENABLE_REDIS_CACHE=false');
  });

  test('never shows a secret in a fault', () => {
    const environment = { DATABASE_URL: 'mysql://u:secret-one@db/chat', REDIS_URL: 'http://:secret-two@cache' };
    const { message } = faultsOf(() => parseServiceConfig(environment));
    expect(message).not.toMatch(/secret/);
    expect(message).toContain('found something else (not shown)');
  });

  test('refuses a URL without a user when PGUSER is absent, and a parameter that would do nothing', () => {
    expect(faultsOf(() => parseServiceConfig({ ...usable, PGUSER: undefined })).message).toContain(
      'PGUSER: expected the database user, as DATABASE_URL names none, found nothing',
    );
    const url = 'postgresql://db/chat?options=-csearch_path';
    expect(faultsOf(() => parseServiceConfig({ ...usable, DATABASE_URL: url })).message).toContain('it has options');
  });
});

describe('the configuration of a task', () => {
  test('leads a migration straight to Postgres and the fixtures through the pooler', () => {
    expect(parseMigrationConfig(usable).database).toMatchObject({ host: 'db', port: 5432, poolSize: 2 });
    expect(parseFixturesConfig(usable).database).toMatchObject({ host: 'pooler', port: 6432, poolSize: 1 });
    expect(faultsOf(() => parseMigrationConfig({})).faults.map(({ field }) => field)).toEqual(['DATABASE_URL_DIRECT']);
  });
});
