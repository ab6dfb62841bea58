import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseServiceConfig } from '../config/config.ts';
import { StorageUnavailable } from '../domain/errors.ts';
import { eventually } from '../testing/eventually.ts';
import { type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import { type Database, openDatabase } from './database.ts';
import { Outbox } from './outbox.ts';

let stack: StackUnderTest;
let database: Database;
let outbox: Outbox;
beforeAll(async () => {
  stack = await startStackUnderTest();
  database = openDatabase(parseServiceConfig(stack.environment).database, () => undefined);
});
afterAll(async () => {
  await database?.close(1_000);
  await stack?.stop();
});
beforeEach(async () => {
  await stack.query('delete from outbox');
  outbox = new Outbox(database.orm);
});

/** Puts so many rows into the outbox, `age` seconds old; answers their ids, oldest first. */
async function insert(count: number, age = 0): Promise<string[]> {
  const rows = await stack.query(
    `insert into outbox (conversation_id, version, created_at)
     select 'conv-1', v, now() - make_interval(secs => $2) from generate_series(1, $1) v returning id`,
    [count, age],
  );
  return rows.map(({ id }) => String(id));
}

const countRows = async () => Number((await stack.query('select count(*) as rows from outbox'))[0]?.rows);

describe('the outbox', () => {
  test('deletes settled rows by itself, many at a time', async () => {
    const ids = await insert(1_234);
    for (const id of ids.slice(1)) outbox.settle(id);
    await eventually('the settled ones are gone', async () => (await countRows()) === 1);
    expect(await stack.query('select id from outbox')).toEqual([{ id: ids[0] }]);
  });

  test('deletes what is settled during a flush too, before that flush resolves', async () => {
    const ids = await insert(600);
    for (const id of ids.slice(0, 300)) outbox.settle(id);
    const flushed = outbox.flush();
    for (const id of ids.slice(300)) outbox.settle(id);
    await flushed;
    expect(await countRows()).toBe(0);
  });

  test('has one flush at a time, so that a slow Postgres is asked by one statement', async () => {
    const [first = '', second = ''] = await insert(2);
    outbox.settle(first);
    const flushes = [outbox.flush(), outbox.flush()];
    outbox.settle(second);
    flushes.push(outbox.flush());
    expect(new Set(flushes).size).toBe(1);
    await Promise.all(flushes);
    expect(await countRows()).toBe(0);
  });

  test('tells old rows, oldest first, with their age', async () => {
    await insert(1);
    const ids = await insert(600, 5);
    const rows = await outbox.findOlderThan(1_000);
    expect(rows.map(({ id }) => id)).toEqual(ids.slice(0, 500));
    expect(rows[0]).toMatchObject({ conversationId: 'conv-1', version: 1 });
    expect(rows[0]?.age).toBeGreaterThan(4_990);
    expect(rows[0]?.age).toBeLessThan(15_000);
  });

  test('is emptied by two who delete the same rows in different orders at once', async () => {
    const ids = await insert(2_000, 5);
    const batches = Array.from({ length: 20 }, (_, index) => ids.slice(index * 100, index * 100 + 100));
    const other = new Outbox(database.orm);
    await Promise.all([
      ...batches.map((batch) => outbox.remove(batch)),
      ...batches.toReversed().map((batch) => other.remove(batch.toReversed())),
    ]);
    expect(await countRows()).toBe(0);
  });

  test('forgets what it could not delete while Postgres is away: the rows stay to be relayed, and it goes on', async () => {
    const [early = '', late = ''] = await insert(2);
    outbox.settle(early);
    await stack.pgbouncer.kill();
    await outbox.flush();
    await expect(outbox.remove([early])).rejects.toThrow(StorageUnavailable);
    await stack.pgbouncer.restart();
    outbox.settle(late);
    await eventually('the later one is deleted', async () => (await countRows()) === 1);
    expect(await stack.query('select id from outbox')).toEqual([{ id: early }]);
  });
});
