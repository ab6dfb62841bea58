import { unprivilegedAccount } from '@chatstack/test/engines/account.ts';
import { canBoundDisks, fillDisk, freeDisk } from '@chatstack/test/engines/bounded-disk.ts';
import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { askRoom, type RoomTarget } from './ask-room.ts';

const isBounded = canBoundDisks(unprivilegedAccount());
const describeOnBoundedDisk = isBounded ? describe : describe.skip;

describe('a Postgres is asked for room through its pooler', () => {
  let postgres: PostgresEngine;
  let pooler: PgbouncerEngine;
  let target: RoomTarget;

  beforeAll(async () => {
    postgres = await startPostgres({ ...(isBounded ? { disk: 96 } : {}), settings: { log_temp_files: 0 } });
    await postgres.query("CREATE ROLE chat LOGIN PASSWORD 'secret'");
    await postgres.query('CREATE DATABASE chat OWNER chat');
    await postgres.query('CREATE TABLE messages (content text); ALTER TABLE messages OWNER TO chat', [], 'chat');
    pooler = await startPgbouncer({
      users: { chat: 'secret' },
      databases: { chat: `host=127.0.0.1 port=${postgres.port} dbname=chat` },
      settings: { default_pool_size: 1 },
    });
    target = {
      ...{ host: pooler.host, port: pooler.port, database: 'chat' },
      ...{ user: 'chat', password: 'secret', timeoutMilliseconds: 20_000 },
    };
  }, 60_000);
  afterAll(async () => {
    await pooler?.stop();
    await postgres?.stop();
  });

  /** As the service does, through the pooler. */
  const send = async (count: number): Promise<unknown> => {
    const client = new pg.Client({ connectionString: pooler.url('chat', 'chat', 'secret') });
    await client.connect();
    const text = `INSERT INTO messages SELECT repeat('x', 1000) FROM generate_series(1, ${count})`;
    const sent = await client.query(text).catch((error) => error);
    await client.end();
    return sent instanceof Error ? (sent as Error & { code: string }).code : 'sent';
  };
  const readBackend = async () => {
    const [row] = await postgres.query("SELECT pid FROM pg_stat_activity WHERE usename = 'chat'");
    return row?.pid;
  };
  const readLog = async () => (await postgres.query('SELECT pg_current_wal_insert_lsn() AS at'))[0]?.at;

  test('it has some, takes a MiB of it for a moment, and writes nothing else', async () => {
    await send(1);
    const [backend, log] = [await readBackend(), await readLog()];
    expect(await askRoom(target)).toEqual({ kind: 'free' });
    const size = Number(/temporary file: .*size (\d+)/.exec(postgres.log())?.[1]);
    expect(size / 2 ** 20).toBeCloseTo(1, 1);
    expect([await readBackend(), await readLog()]).toEqual([backend, log]);
  });

  describeOnBoundedDisk('whose disk', () => {
    test('is full: it says so while a row may still find room, and when none does any more', async () => {
      await fillDisk(postgres);
      expect(await askRoom(target)).toEqual({ kind: 'full', reason: expect.stringMatching(/No space left on device/) });
      expect(await send(1)).toBe('sent');
      expect(await send(100)).toBe('53100');
      expect(await askRoom(target)).toMatchObject({ kind: 'full' });
    });

    test('has room again: it says so, and takes rows', async () => {
      await freeDisk(postgres);
      expect(await askRoom(target)).toEqual({ kind: 'free' });
      expect(await send(100)).toBe('sent');
    });
  });

  test.each<[string, Partial<RoomTarget>, RegExp]>([
    ['lets nobody in', { password: 'wrong' }, /SASL|password|auth/i],
    ['is not there', { port: 1 }, /ECONNREFUSED/],
  ])('that %s does not say', async (_, other, reason) => {
    expect(await askRoom({ ...target, ...other })).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
  });

  test('that was stopped in its tracks does not say, and is not waited for', async () => {
    postgres.suspend();
    const answer = await askRoom({ ...target, timeoutMilliseconds: 300 });
    postgres.resume();
    expect(answer).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/timeout/i) });
  });
});
