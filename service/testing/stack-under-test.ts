import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { Redis } from 'ioredis';
import { type Environment, parseMigrationConfig, parseServiceConfig } from '../config/config.ts';
import { openDatabase } from '../data/database.ts';
import { createFixtures } from '../data/fixtures.ts';
import { migrateSchema } from '../data/schema-migration.ts';
import { type Service, type SourceWrapper, startService } from '../service.ts';
import { createLogger } from '../telemetry/logger.ts';
import { answerContractOf } from './answer-contract.ts';
import { type Caller, createCaller } from './caller.ts';

/** A service started within the test's process, with a way to call it that holds every answer against the document. */
export type RunningService = Service & Caller & { readonly url: string; readonly log: readonly string[] };

/** Real Postgres, PgBouncer in transaction mode and Redis, with the schema and the fixtures in place. */
export type StackUnderTest = {
  readonly postgres: PostgresEngine;
  readonly pgbouncer: PgbouncerEngine;
  readonly redis: RedisEngine;
  /** A client of Redis for the test itself. */
  readonly redisClient: Redis;
  readonly environment: Environment;
  /** Starts a service and waits until it is ready. */
  start(more?: Environment, wrapSource?: SourceWrapper): Promise<RunningService>;
  /** Makes a conversation of its own for a test, so that tests do not see each other; answers its id. */
  createConversation(participantIds: readonly string[]): Promise<string>;
  /** SQL straight to the database of the services. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends all services that were started, then the engines. */
  stop(): Promise<void>;
};

const DATABASE = 'chat';

/** How the engines differ from the usual ones of tests. */
export type EngineOptions = {
  /** Settings of Postgres, such as `{ shared_preload_libraries: 'pg_stat_statements' }`. */
  readonly postgres?: Readonly<Record<string, string>>;
  /** Size of a disk of its own for Postgres, in MiB. */
  readonly disk?: number;
  /** Settings of PgBouncer beside the usual ones, such as `{ default_pool_size: 4 }`. */
  readonly pgbouncer?: Readonly<Record<string, string | number>>;
  /** Arguments of redis-server, such as `['--maxmemory', '64mb']`. */
  readonly redis?: readonly string[];
};

/** Starts everything; a test file calls this once. */
export async function startStackUnderTest(options: EngineOptions = {}): Promise<StackUnderTest> {
  const [postgres, redis] = await Promise.all([
    startPostgres({
      settings: { max_connections: 60, ...options.postgres },
      ...(options.disk === undefined ? {} : { disk: options.disk }),
    }),
    startRedis({ args: options.redis ?? [] }),
  ]);
  const direct = await postgres.createDatabase(DATABASE);
  const pgbouncer = await startPgbouncer({
    databases: { [DATABASE]: `host=127.0.0.1 port=${postgres.port} dbname=${DATABASE}` },
    users: { [postgres.user]: postgres.password },
    settings: { default_pool_size: 10, server_login_retry: 1, max_client_conn: 500, ...options.pgbouncer },
  });
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: `postgresql://127.0.0.1:${pgbouncer.port}/${DATABASE}`,
    DATABASE_URL_DIRECT: direct,
    PGUSER: postgres.user,
    PGPASSWORD: postgres.password,
    REDIS_URL: redis.url,
    NODE_ENV: 'test',
    // A busy machine may take longer than the usual 3 s; what is bounded is shown by tests that ask for it.
    DATABASE_PATIENCE_SECONDS: '20',
  };
  await migrateSchema(parseMigrationConfig(environment).database, { tell: () => undefined });
  const database = openDatabase(parseServiceConfig(environment).database, () => undefined);
  await createFixtures(database.orm);
  await database.close(5_000);

  const services: Service[] = [];
  const redisClient = new Redis(redis.url, { retryStrategy: () => 50 });
  redisClient.on('error', () => undefined); // tests kill Redis
  const start: StackUnderTest['start'] = async (more = {}, wrapSource) => {
    const log: string[] = [];
    const logger = createLogger('debug', { write: (line: string) => void log.push(line) });
    const config = parseServiceConfig({ ...environment, ...more });
    const service = await startService(config, logger, wrapSource);
    services.push(service);
    await service.whenReady;
    const url = `http://127.0.0.1:${service.port}`;
    return { ...service, ...createCaller(url, answerContractOf(config.identity.mode)), url, log };
  };
  let maker: RunningService | undefined;
  return {
    postgres,
    pgbouncer,
    redis,
    redisClient,
    environment,
    start,
    createConversation: async (participantIds) => {
      maker ??= await start({ ENABLE_REDIS_CACHE: 'false' });
      // Of two as well: a direct conversation is made once for a pair.
      const made = await maker.post('/api/v1/chat/conversations', { type: 'GROUP', participantIds });
      return String(made.body.id);
    },
    query: (sql, values = []) => postgres.query(sql, values, DATABASE),
    stop: async () => {
      await Promise.all(services.map((service) => service.stop()));
      redisClient.disconnect();
      await pgbouncer.stop();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
