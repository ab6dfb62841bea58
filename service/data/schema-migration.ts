import { setTimeout as sleep } from 'node:timers/promises';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Client } from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import { buildOrmOptions } from './database.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from './migrations/migrations.ts';
import { isStorageUnavailable } from './storage-faults.ts';
import { buildProtection, TrustingClient } from './trusting-client.ts';

/** Any number that every program which migrates this database agrees on: here the letters "chat" in ASCII. */
const LOCK = 0x63_68_61_74;
const TRY_AGAIN_AFTER = 500;

/** Longest wait for a connection of a migration, in milliseconds. */
const LONGEST_CONNECT = 30_000;

/** How a migration tells what it does and how long it waits for Postgres to appear, in milliseconds. */
export type MigrationOptions = { readonly tell: (message: string) => void; readonly patience?: number };

/**
 * Brings the database to the newest schema and answers the names of the migrations it applied; none when it was there
 * already. Waits for Postgres to appear. Two at once are safe: the second waits for the first one's advisory lock, which
 * a session of its own holds. That lock is why `config` must lead straight to Postgres. A run that was interrupted keeps
 * the migrations it finished; the next one goes on with the one after.
 */
export async function migrateSchema(config: DatabaseConfig, options: MigrationOptions): Promise<string[]> {
  const session = await connectWhenThere(config, options.tell, options.patience ?? 60_000);
  try {
    await takeLock(session);
    return await runMigrations(config, options.tell);
  } finally {
    await session.end(); // ends the session, and the lock with it
  }
}

/**
 * Asks for the lock again and again rather than waiting inside Postgres: a statement that waits holds a snapshot, and
 * `create index concurrently` of the one who has the lock would wait for that snapshot to end. Postgres would not see
 * this deadlock, because the session that holds the lock waits for nothing.
 */
async function takeLock(session: Client): Promise<void> {
  for (;;) {
    const { rows } = await session.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK]);
    if (rows[0]?.taken) return;
    await sleep(TRY_AGAIN_AFTER);
  }
}

async function runMigrations(config: DatabaseConfig, tell: (message: string) => void): Promise<string[]> {
  const { driverOptions, ...rest } = buildOrmOptions(config);
  const orm = new MikroORM({
    ...rest,
    // A migration may take longer than a request, and so may its connection: a busy server does not make it fail.
    driverOptions: { ...driverOptions, Client: TrustingClient, connectionTimeoutMillis: LONGEST_CONNECT },
    extensions: [Migrator],
    // Each migration is a transaction of its own, unless it says that it cannot be one.
    migrations: {
      tableName: MIGRATIONS_TABLE,
      migrationsList: MIGRATIONS,
      allOrNothing: false,
      snapshot: false,
      silent: true,
    },
    logger: tell,
  });
  try {
    const applied = await orm.migrator.up();
    return applied.map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

async function connectWhenThere(config: DatabaseConfig, tell: (message: string) => void, patience: number) {
  const deadline = performance.now() + patience;
  for (let told = false; ; ) {
    const client = new TrustingClient({ ...buildConnection(config), connectionTimeoutMillis: 5_000 });
    client.on('error', (error) => tell(`The connection that holds the lock broke: ${error.message}`));
    try {
      await client.connect();
      return client;
    } catch (error) {
      void client.end(); // not awaited: pg never answers when the server has closed the connection already
      if (!isStorageUnavailable(error) || performance.now() >= deadline) throw error;
      if (!told)
        tell(`Waiting up to ${patience / 1000} s for Postgres at ${config.host}:${config.port}: ${String(error)}`);
      told = true;
    }
    await sleep(TRY_AGAIN_AFTER);
  }
}

/** How the client of a migration, or of another task, connects. */
export function buildConnection(config: DatabaseConfig) {
  return {
    host: config.host,
    port: config.port,
    database: config.database,
    user: config.user,
    password: config.password ?? '',
    application_name: 'chat-migration',
    ssl: buildProtection(config),
  };
}
