import { Client } from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from './migrations/migrations.ts';
import { buildConnection, type MigrationOptions, migrateSchema } from './schema-migration.ts';
import { VERSIONS_OF_EPOCH } from './version-epoch.ts';

/** A database that this service must not be given. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/**
 * Makes a restored database one that this service may serve: brings it to the newest schema, and begins a new epoch of versions.
 * Throws DatabaseRefused when a newer service made it. Done twice it only begins one epoch more.
 */
export async function adoptDatabase(config: DatabaseConfig, options: MigrationOptions): Promise<void> {
  await refuseNewer(config);
  const applied = await migrateSchema(config, options);
  if (applied.length > 0) options.tell(`Applied ${applied.join(', ')}.`);
  const conversations = await beginEpoch(config);
  options.tell(`Began a new epoch of versions in ${conversations} conversations.`);
}

async function refuseNewer(config: DatabaseConfig): Promise<void> {
  const known = new Set(MIGRATIONS.map(({ name }) => name));
  const applied = await withClient(config, async (client) => {
    const { rows } = await client.query<{ there: string | null }>('select to_regclass($1) as there', [
      MIGRATIONS_TABLE,
    ]);
    if (!rows[0]?.there) return undefined;
    return (await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by id`)).rows;
  });
  if (!applied) {
    throw new DatabaseRefused(
      `expected the backup of a chat service (a table ${MIGRATIONS_TABLE}), found none; restore another. The database is as it was`,
    );
  }
  const unknown = applied.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new DatabaseRefused(
    `expected a backup that this service knows (up to ${MIGRATIONS.at(-1)?.name}), found one of a newer service (${unknown.join(', ')}); ` +
      `restore with the service that made it, or a newer one. The database is as it was`,
  );
}

/** In one transaction: the outbox goes too, for what it would announce is of the former epoch. */
function beginEpoch(config: DatabaseConfig): Promise<number> {
  return withClient(config, async (client) => {
    await client.query('begin');
    await client.query('delete from outbox');
    const { rowCount } = await client.query(
      `update conversation set version = version % $1::bigint + $1::bigint * (select greatest(
        floor(extract(epoch from now() - timestamptz '2026-01-01T00:00:00Z') / 60)::bigint,
        coalesce(max(version), 0) / $1::bigint + 1) from conversation)`,
      [VERSIONS_OF_EPOCH],
    );
    await client.query('commit');
    return rowCount ?? 0;
  });
}

async function withClient<Result>(config: DatabaseConfig, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(buildConnection(config));
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
