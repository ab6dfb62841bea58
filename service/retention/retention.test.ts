import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseServiceConfig } from '../config/config.ts';
import { type Database, openDatabase } from '../data/database.ts';
import { findDue, type TrimOutcome, trimHistory } from '../data/trim-history.ts';
import { eventually } from '../testing/eventually.ts';
import { readOnceHeard } from '../testing/read-once-heard.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

const NOW = new Date('2026-02-01T00:00:00Z');

let stack: StackUnderTest;
let service: RunningService;
let database: Database;
let id: string;
let path: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  database = openDatabase(parseServiceConfig(stack.environment).database, () => undefined);
});
afterAll(async () => {
  await database?.close(5_000);
  await stack?.stop();
});
beforeEach(async () => {
  id = await stack.createConversation(['ann', 'bob']);
  path = `/api/v1/chat/conversations/${id}`;
});

/** Messages 1 to `count`, a day apart, the newest one of today; each names ann. Then so many days are kept, set in SQL. */
async function fill(count: number, retentionDays: number | null, step = '1 day'): Promise<void> {
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content, created_at)
     select $1 || n, $1, n, 'bob', 'TEXT', 'message ' || n, $3::timestamptz - ($2 - n) * $4::interval
     from generate_series(1, $2::int) n`,
    [id, count, NOW.toISOString(), step],
  );
  await stack.query(
    `insert into mention (conversation_id, user_id, seq) select $1, 'ann', n from generate_series(1, $2::int) n`,
    [id, count],
  );
  await stack.query('update conversation set last_seq = $2, version = $2, retention_days = $3 where id = $1', [
    ...[id, count, retentionDays],
  ]);
}

const trim = () => trimHistory(database.orm, id, NOW);

async function trimmed(): Promise<Extract<TrimOutcome, { kind: 'trimmed' }>> {
  const outcome = await trim();
  if (outcome.kind !== 'trimmed') throw new Error(`expected messages to be deleted, found ${outcome.kind}`);
  return outcome;
}

const seqsOf = (body: { messages: { seq: number }[] }) => body.messages.map(({ seq }) => seq);
const read = async (query: string) => (await service.read(id, 'ann', query)).body;

describe('trimming', () => {
  test('deletes what is older than it is kept, with its mentions, in a version of its own', async () => {
    await fill(10, 3);
    expect(await trimmed()).toMatchObject({
      messages: 6,
      hasMore: false,
      change: { conversationId: id, version: 11, outboxId: expect.any(String) },
    });
    expect(await stack.query('select min(seq)::int from mention where conversation_id = $1', [id])).toEqual([
      { min: 7 },
    ]);
    expect(await stack.query('select version::int from outbox where conversation_id = $1', [id])).toEqual([
      { version: 11 },
    ]);
    expect(await trim()).toEqual({ kind: 'nothing' });
  });

  test('announces the seq of the first message that is left, or would come next', async () => {
    await fill(10, 3);
    const { change } = await trimmed();
    expect(JSON.parse(String(change.json))).toEqual({
      type: 'history.trimmed',
      conversationId: id,
      version: 11,
      firstSeq: 7,
    });
    await stack.query(`update message set created_at = '2020-01-01' where conversation_id = $1`, [id]);
    expect(JSON.parse(String((await trimmed()).change.json))).toMatchObject({ version: 12, firstSeq: 11 });
  });

  test('deletes at most 1,000 messages at once, each batch in a version of its own', async () => {
    await fill(2_500, 1, '1 hour');
    const batches = [await trimmed(), await trimmed(), await trimmed()];
    expect(batches.map(({ messages, hasMore, change }) => [messages, hasMore, change.version])).toEqual([
      [1_000, true, 2_501],
      [1_000, true, 2_502],
      [475, false, 2_503],
    ]);
  });

  test('deletes nothing where nothing is too old, retention is off, or there is no such conversation', async () => {
    await fill(3, 3);
    expect(await trim()).toEqual({ kind: 'nothing' });
    await stack.query('update conversation set retention_days = null where id = $1', [id]);
    await stack.query(`update message set created_at = '2020-01-01' where conversation_id = $1`, [id]);
    expect(await trim()).toEqual({ kind: 'nothing' });
    expect(await trimHistory(database.orm, 'nowhere', NOW)).toEqual({ kind: 'nothing' });
  });

  test('leaves no gap where times are not in the order of seq', async () => {
    await fill(10, 3);
    await stack.query(`update message set created_at = $2 where conversation_id = $1 and seq = 3`, [
      id,
      NOW.toISOString(),
    ]);
    expect(await trimmed()).toMatchObject({ messages: 2 });
    expect(seqsOf(await read('limit=100'))).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
  });

  test('is left alone while another replica is at it', async () => {
    await fill(10, 3);
    const { Client } = (await import('pg')).default;
    const other = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
    await other.connect();
    await other.query('begin');
    await other.query('select pg_advisory_xact_lock($1)', [0x74_72_69_6d]);
    expect(await trim()).toEqual({ kind: 'busy' });
    await other.query('rollback');
    await other.end();
    expect(await trimmed()).toMatchObject({ messages: 6 });
  });

  test('finds the conversations that are due, and only those', async () => {
    await fill(10, 3);
    const due = id;
    id = await stack.createConversation(['ann', 'bob']);
    await fill(3, 3);
    id = await stack.createConversation(['ann', 'bob']);
    await stack.query('update conversation set retention_days = 1 where id = $1', [id]);
    id = await stack.createConversation(['ann', 'bob']);
    await fill(10, null);
    expect(await findDue(database.orm, '', NOW)).toEqual({ ids: expect.arrayContaining([due]), next: undefined });
    const { ids } = await findDue(database.orm, '', NOW);
    for (const other of ids.filter((one) => one !== due))
      expect((await trimHistory(database.orm, other, NOW)).kind).toBe('trimmed');
    expect((await findDue(database.orm, due, NOW)).ids).not.toContain(due);
  });
});

describe('after trimming', () => {
  beforeEach(async () => {
    await fill(20, 9);
    await trimmed(); // 11 to 20 are left
  });

  test('pages by offset end where the history begins now', async () => {
    expect(await read('limit=4&offset=6')).toMatchObject({ hasMore: false });
    expect(seqsOf(await read('limit=4&offset=6'))).toEqual([14, 13, 12, 11]);
    expect(await read('limit=4&offset=5')).toMatchObject({ hasMore: true });
    expect(await read('limit=4&offset=10')).toMatchObject({ messages: [], hasMore: false });
  });

  test.each([
    ['before=13&limit=5', [12, 11], false, true],
    ['before=5&limit=5', [], false, true],
    ['before=21&limit=10', [20, 19, 18, 17, 16, 15, 14, 13, 12, 11], false, false],
    ['after=0&limit=3', [13, 12, 11], false, true],
    ['after=10&limit=3', [13, 12, 11], false, true],
    ['after=12&limit=3', [15, 14, 13], true, true],
    ['around=3&limit=4', [14, 13, 12, 11], false, true],
    ['around=11&limit=4', [14, 13, 12, 11], false, true],
    ['around=13&limit=4', [14, 13, 12, 11], false, true],
    ['around=14&limit=4', [15, 14, 13, 12], true, true],
    ['around=20&limit=4', [20, 19, 18, 17], true, false],
  ])('pages at a place are right: %s', async (query, seqs, hasOlder, hasNewer) => {
    const page = await read(query);
    expect({ seqs: seqsOf(page), hasOlder: page.hasOlder, hasNewer: page.hasNewer }).toEqual({
      seqs,
      hasOlder,
      hasNewer,
    });
  });

  test('what is gone is unread no longer', async () => {
    const markRead = async (seq: number) => (await service.put(`${path}/read`, { userId: 'ann', seq })).body;
    expect(await markRead(0)).toEqual({ lastReadSeq: 0, unreadCount: 10, unreadMentions: 10 });
    expect(await markRead(15)).toEqual({ lastReadSeq: 15, unreadCount: 5, unreadMentions: 5 });
    await stack.query(`update message set created_at = '2020-01-01' where conversation_id = $1`, [id]);
    await trimmed();
    expect(await markRead(0)).toEqual({ lastReadSeq: 15, unreadCount: 0, unreadMentions: 0 });
    const { conversations } = (await service.get('/api/v1/chat/conversations?userId=ann&limit=1')).body;
    expect(conversations).toMatchObject([{ id, unreadCount: 0, lastSeq: 20, lastMessage: null }]);
  });

  test('sends go on with the next seq, also in a conversation that is empty', async () => {
    await stack.query(`update message set created_at = '2020-01-01' where conversation_id = $1`, [id]);
    await trimmed();
    expect((await service.send(id, 'bob', 'still here')).body.message.seq).toBe(21);
    expect(await read('around=1&limit=5')).toMatchObject({ messages: [{ seq: 21 }], hasOlder: false, hasNewer: false });
  });

  test('what is gone is found by no search, and cannot be changed or replied to', async () => {
    const { results } = (await service.get(`${path}/search?userId=ann&q=message`)).body;
    expect(results).toHaveLength(10);
    expect((await service.patch(`${path}/messages/${id}3`, { userId: 'bob', content: 'x' })).status).toBe(404);
    const reply = { userId: 'ann', content: 'x', messageType: 'REPLY', replyToId: `${id}3` };
    expect((await service.post(`${path}/messages`, reply)).status).toBe(404);
  });
});

describe('a service', () => {
  test('trims by itself: cached pages of every process are fresh once it has heard of it, and metrics tell it', async () => {
    const services = [service, await stack.start({ RETENTION_INTERVAL_SECONDS: '1' })];
    await fill(20, null);
    for (const by of services) {
      await by.read(id, 'ann');
      expect((await by.read(id, 'ann')).body).toMatchObject({ fromCache: true, version: 20 });
    }
    const set = await service.patch(path, { userId: 'ann', retentionDays: 3_650 });
    expect(set.body).toMatchObject({ version: 21 });
    await stack.query(`update message set created_at = '2000-01-01' where conversation_id = $1 and seq <= 15`, [id]);
    await eventually('the oldest messages are gone', async () => (await read('limit=1&minVersion=22')).version >= 22);
    for (const by of services) {
      const body = await readOnceHeard(by, id, 'ann', 22);
      expect(seqsOf(body)).toEqual([21, 20, 19, 18, 17, 16]);
      expect(body).toMatchObject({ version: 22, hasMore: false });
    }
    await eventually('the metric tells it', async () => {
      const metrics = await fetch(`http://127.0.0.1:${services[1]?.metricsPort}/metrics`);
      return /^retention_deleted_messages_total [1-9]/m.test(await metrics.text());
    });
  });
});
