import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import type { PoolState } from '../telemetry/database-metrics.ts';
import { combineObservers, type OperationObserver } from '../telemetry/operation-observer.ts';
import { acquireMilliseconds, buildBoundedClient } from './bounded-client.ts';
import { Conversation } from './entities/conversation.ts';
import { Mention } from './entities/mention.ts';
import { Message } from './entities/message.ts';
import { OutboxEntry } from './entities/outbox-entry.ts';
import { Participant } from './entities/participant.ts';
import { User } from './entities/user.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from './migrations/migrations.ts';
import { buildObservedClient, observeAcquire } from './observe-statements.ts';
import { reclaimConnections } from './reclaim-connections.ts';
import { guardStorage } from './storage-faults.ts';
import { buildProtection } from './trusting-client.ts';
import { WriteHealth } from './write-health.ts';

const ENTITIES = [User, Conversation, Participant, Message, Mention, OutboxEntry];

/** The database as the service uses it. Connections are made when first needed, so opening never fails or waits. */
export type Database = {
  readonly orm: MikroORM;
  observePool(): PoolState;
  /** Resolves when Postgres answers; throws StorageUnavailable otherwise. */
  ping(): Promise<void>;
  /** Why Postgres refused the last write of this process, with what to do; undefined while it takes them. */
  refusedWrites(): string | undefined;
  /** Whether every migration this program knows was applied. Newer ones may have been too: a newer release is rolling out. */
  isSchemaCurrent(): Promise<boolean>;
  /** Waits for statements under way, at most so many milliseconds, then closes the pool; nothing may use it any more. */
  close(patienceMs: number): Promise<void>;
};

/**
 * Options of MikroORM for a database behind PgBouncer in transaction mode: nothing is sent at start but what PgBouncer
 * tracks itself (user, database, application_name, client_encoding), MikroORM sends each statement whole and unnamed,
 * and no session state is set: the schema of the database is managed by migrations, straight to Postgres.
 */
export function buildOrmOptions(config: DatabaseConfig) {
  return {
    entities: ENTITIES,
    host: config.host,
    port: config.port,
    dbName: config.database,
    user: config.user,
    password: config.password ?? '',
    ensureDatabase: false,
    colors: false,
    pool: { min: 0, max: config.poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      Client: buildBoundedClient(config.patienceSeconds),
      application_name: 'chat-service',
      connectionTimeoutMillis: acquireMilliseconds(config.patienceSeconds),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ssl: buildProtection(config),
    },
  };
}

/** Hears of the work of a database: each statement, and how long a connection of the pool was waited for, in seconds. */
export type DatabaseObserver = {
  readonly observeStatement: OperationObserver;
  observeAcquire(seconds: number): void;
};

/** Opens the database; `warn` is told about connections that broke while idle. */
export function openDatabase(
  config: DatabaseConfig,
  warn: (message: string) => void,
  observer?: DatabaseObserver,
): Database {
  let pool: Pool | undefined;
  const options = buildOrmOptions(config);
  const writes = new WriteHealth();
  const orm = new MikroORM({
    ...options,
    logger: warn,
    driverOptions: {
      ...options.driverOptions,
      Client: buildObservedClient(
        options.driverOptions.Client,
        combineObservers(observer?.observeStatement, writes.observeStatement),
      ),
      onPoolCreated: (created: Pool) => {
        pool = created;
        reclaimConnections(created);
        if (observer) observeAcquire(created, observer.observeAcquire);
      },
    },
  });
  const query = <Row>(sql: string) => guardStorage(() => orm.em.getConnection().execute<Row[]>(sql));
  const observePool = () => ({
    total: pool?.totalCount ?? 0,
    idle: pool?.idleCount ?? 0,
    waiting: pool?.waitingCount ?? 0,
  });
  return {
    orm,
    observePool,
    ping: async () => {
      await query('select 1');
    },
    refusedWrites: () => writes.refusal,
    isSchemaCurrent: async () => {
      const [table] = await query<{ found: boolean }>(`select to_regclass('${MIGRATIONS_TABLE}') is not null as found`);
      if (!table?.found) return false;
      const rows = await query<{ name: string }>(`select name from ${MIGRATIONS_TABLE}`);
      const applied = new Set(rows.map((row) => row.name));
      return MIGRATIONS.every(({ name }) => applied.has(name));
    },
    close: async (patienceMs) => {
      // Kysely loses a connection that is being made while it is closed, and the pool then waits for it for ever.
      const isIdle = await awaitIdle(observePool, patienceMs);
      const closed = orm.close(true);
      if (isIdle) await closed;
    },
  };
}

async function awaitIdle(observePool: () => PoolState, patienceMs: number): Promise<boolean> {
  const isIdle = () => {
    const { total, idle, waiting } = observePool();
    return total === idle && waiting === 0;
  };
  const deadline = performance.now() + patienceMs;
  while (!isIdle() && performance.now() < deadline) await sleep(10);
  return isIdle();
}
