import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DatabaseConfig, parseMigrationConfig } from '../config/config.ts';
import { findCreationKey } from '../domain/conversation.ts';
import { openDatabase } from './database.ts';
import { createFixtures } from './fixtures.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import { migrateSchema } from './schema-migration.ts';

let postgres: PostgresEngine;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const quiet = { tell: () => undefined };
const NAMES = MIGRATIONS.map(({ name }) => name);

async function createDatabase(): Promise<DatabaseConfig> {
  return parseMigrationConfig({ DATABASE_URL_DIRECT: await postgres.createDatabase() }).database;
}

test('a migration applies everything once, and nothing the second time', async () => {
  const config = await createDatabase();
  const database = openDatabase(config, () => undefined);
  expect(await database.isSchemaCurrent()).toBe(false);
  expect(await migrateSchema(config, quiet)).toEqual(NAMES);
  expect(await migrateSchema(config, quiet)).toEqual([]);
  expect(await database.isSchemaCurrent()).toBe(true);
  await database.close(5_000);
});

test('of several migrations at once one applies everything and the others wait for it', async () => {
  const config = await createDatabase();
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrateSchema(config, quiet)));
  expect(applied.flat()).toEqual(NAMES);
});

test('the schema that the migrations make is the one that the entities describe', async () => {
  const config = await createDatabase();
  await migrateSchema(config, quiet);
  const database = openDatabase(config, () => undefined);
  const columns = await postgres.query(
    `select table_name || '.' || column_name as name, is_nullable = 'YES' as nullable from information_schema.columns
     where table_schema = 'public' and table_name <> 'schema_migration'`,
    [],
    config.database,
  );
  const described = [...database.orm.getMetadata().getAll().values()].flatMap((meta) =>
    meta.props.flatMap((prop) =>
      (prop.fieldNames ?? []).map((name) => ({ name: `${meta.tableName}.${name}`, nullable: prop.nullable === true })),
    ),
  );
  const byName = (a: { name?: unknown }, b: { name?: unknown }) => String(a.name).localeCompare(String(b.name));
  expect(described.sort(byName)).toEqual(columns.sort(byName));
  await database.close(5_000);
});

test('the fixtures are made once, also by several at once', async () => {
  const config = await createDatabase();
  await migrateSchema(config, quiet);
  const databases = Array.from({ length: 4 }, () => openDatabase(config, () => undefined));
  const made = await Promise.all(databases.map(({ orm }) => createFixtures(orm)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await createFixtures((databases[0] as (typeof databases)[0]).orm)).toBe(false);
  await Promise.all(databases.map((database) => database.close(5_000)));
  const rows = await postgres.query(
    `select c.type, c.version, c.last_seq, (select count(*) from message) as messages,
     (select string_agg(user_id, ' ' order by user_id) from participant) as users from conversation c`,
    [],
    config.database,
  );
  const conversation = {
    type: 'DIRECT_MESSAGE',
    version: '10',
    last_seq: '10',
    messages: '10',
    users: 'user-1 user-2',
  };
  expect(rows).toEqual([conversation]);
});

test('a migration waits for Postgres to appear, and no longer than it was told to', async () => {
  const config = await createDatabase();
  const told = Promise.withResolvers<string>();
  await postgres.kill();
  const migrating = migrateSchema(config, { tell: told.resolve, patience: 30_000 });
  expect(await told.promise).toMatch(/^Waiting up to 30 s for Postgres/);
  await expect(migrateSchema(config, { tell: () => undefined, patience: 0 })).rejects.toThrow(/ECONNREFUSED/);
  await postgres.restart();
  expect(await migrating).toEqual(NAMES);
});

test('a page is read through the index on (conversation_id, seq), without sorting, at any depth', async () => {
  const config = await createDatabase();
  await migrateSchema(config, quiet);
  const query = (sql: string) => postgres.query(sql, [], config.database);
  await query(`
    insert into chat_user (id) values ('u'); insert into conversation (id, type, last_seq) values ('c', 'GROUP', 20000);
    insert into message (id, conversation_id, seq, user_id, message_type, content)
      select n::text, 'c', n, 'u', 'TEXT', 'x' from generate_series(1, 20000) n; analyze`);
  const plan = await query(`explain (analyze, buffers, format json)
    select id from message where conversation_id = 'c' and seq <= 20000 - 15000 order by seq desc limit 50`);
  const text = JSON.stringify(plan);
  expect(text).toContain('"Index Name":"message_conversation_seq"');
  expect(text).not.toMatch(/"Node Type":"(Sort|Seq Scan)"/);
  expect(Number(/"Shared Hit Blocks":(\d+)/.exec(text)?.[1])).toBeLessThan(20);
});

test('client message ids come to a database in use: old sends go on, and a build that was interrupted is made again', async () => {
  const config = await createDatabase();
  await migrateSchema(config, quiet);
  const query = (sql: string) => postgres.query(sql, [], config.database);
  await query(`
    drop index message_client_message_id; delete from schema_migration where name like '0002-%';
    insert into chat_user (id) values ('u'); insert into conversation (id, type, last_seq) values ('c', 'GROUP', 2);
    insert into message (id, conversation_id, seq, user_id, message_type, content, client_message_id)
      values ('1', 'c', 1, 'u', 'TEXT', 'x', 'same'), ('2', 'c', 2, 'u', 'TEXT', 'x', 'same')`);
  const isValid = `select indisvalid from pg_index where indexrelid = 'message_client_message_id'::regclass`;
  await expect(migrateSchema(config, quiet)).rejects.toThrow(/could not create unique index/);
  expect(await query(isValid)).toEqual([{ indisvalid: false }]);
  await query(`update message set client_message_id = null`);

  const { Client } = (await import('pg')).default;
  const sender = new Client({ ...postgres, database: config.database });
  await sender.connect();
  await sender.query('begin'); // a send of the old service, which knows nothing of the column
  await sender.query(`insert into message (id, conversation_id, seq, user_id, message_type, content)
    values ('3', 'c', 3, 'u', 'TEXT', 'x')`);
  const migrating = Promise.all([migrateSchema(config, quiet), migrateSchema(config, quiet)]);
  await sender.query(`select pg_sleep(0.3)`); // the build waits for this transaction
  await sender.query('commit');
  await sender.end();
  expect((await migrating).flat()).toEqual(['0002-add-client-message-ids']);
  expect(await query(isValid)).toEqual([{ indisvalid: true }]);
});

test('direct conversations of before are found again by their pair; of several, the one used last', async () => {
  const config = await createDatabase();
  await migrateSchema(config, quiet);
  const query = (sql: string, values: readonly unknown[] = []) => postgres.query(sql, values, config.database);
  await query(`drop index mention_seq; alter table conversation drop column creation_digest;
    delete from schema_migration where name like '0004-%'`);
  const pairs = [
    ['older', 'a', 'b', '2026-01-01'],
    ['newer', 'b', 'a', '2026-01-02'],
    ['odd', '\u{1f642}"', '\uffee\\', '2026-01-01'], // whose order differs between UTF-8 and UTF-16
  ];
  for (const [id, one, other, time] of pairs) {
    await query('insert into chat_user (id) values ($1), ($2) on conflict do nothing', [one, other]);
    await query(`insert into conversation (id, type, updated_at) values ($1, 'DIRECT_MESSAGE', $2)`, [id, time]);
    await query('insert into participant (conversation_id, user_id) values ($1, $2), ($1, $3)', [id, one, other]);
  }
  await query(`insert into conversation (id, type) values ('group', 'GROUP')`);
  expect(await migrateSchema(config, quiet)).toEqual(['0004-make-conversations-once']);
  const keyOf = (participantIds: readonly string[]) =>
    findCreationKey(String(participantIds[0]), { type: 'DIRECT_MESSAGE', participantIds });
  expect(await query('select id, creation_key as key from conversation order by id')).toEqual([
    { id: 'group', key: null },
    { id: 'newer', key: keyOf(['a', 'b']) },
    { id: 'odd', key: keyOf(['\u{1f642}"', '\uffee\\']) },
    { id: 'older', key: null },
  ]);
});
