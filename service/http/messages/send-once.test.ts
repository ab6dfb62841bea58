import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/caller.ts';
import { readOnceHeard } from '../../testing/read-once-heard.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: [RunningService, RunningService];
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2', 'user-3']);
});

type Body = { userId?: string; content?: string; clientMessageId?: unknown };

function send(body: Body, service = services[0]): Promise<Answer> {
  return service.post(`/api/v1/chat/conversations/${id}/messages`, { userId: 'user-1', content: 'hello', ...body });
}

async function observeConversation() {
  const [row] = await stack.query(
    `select c.version::int, c.last_seq::int as "lastSeq",
       (select array_agg(seq::int order by seq) from message where conversation_id = c.id) as seqs
     from conversation c where c.id = $1`,
    [id],
  );
  return row;
}

describe('a message sent again under its client message id', () => {
  test('is answered 200 with the first message, by any process, and changes nothing', async () => {
    const first = await send({ clientMessageId: 'a' });
    expect(first).toMatchObject({ status: 201, body: { message: { seq: 1, content: 'hello' }, version: 1 } });
    for (const service of services)
      expect(await send({ clientMessageId: 'a' }, service)).toMatchObject({ status: 200, body: first.body });
    expect(await observeConversation()).toEqual({ version: 1, lastSeq: 1, seqs: [1] });
    await send({});
    expect((await send({ clientMessageId: 'a' })).body).toEqual({ message: first.body.message, version: 2 });
  });

  test('answers no more fields than a first send does', async () => {
    const first = await send({ clientMessageId: 'a' });
    const again = await send({ clientMessageId: 'a' });
    const plain = await send({});
    for (const { body } of [first, again, plain]) expect(Object.keys(body)).toEqual(['message', 'version']);
    expect(Object.keys(again.body.message)).toEqual(Object.keys(plain.body.message));
  });

  test('with other content is answered 409 that names the field, and changes nothing', async () => {
    await send({ clientMessageId: 'a' });
    const answer = await send({ clientMessageId: 'a', content: 'something else' });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        type: 'tag:chatstack.dev,2026:problem:client-message-id-reused',
        errors: [{ field: 'clientMessageId', found: '"a"' }],
      },
    });
    expect(answer.text).not.toContain('hello');
    expect(await observeConversation()).toEqual({ version: 1, lastSeq: 1, seqs: [1] });
  });

  test('is another message of another sender, or in another conversation', async () => {
    const first = await send({ clientMessageId: 'a', content: 'mine' });
    const second = await send({ clientMessageId: 'a', content: 'mine as well', userId: 'user-2' });
    id = await stack.createConversation(['user-1', 'user-2']);
    const third = await send({ clientMessageId: 'a', content: 'elsewhere' });
    expect([first, second, third].map(({ status }) => status)).toEqual([201, 201, 201]);
    expect([first, second, third].map(({ body }) => body.message.seq)).toEqual([1, 2, 1]);
    expect(second.body.message).toMatchObject({ userId: 'user-2', content: 'mine as well' });
  });

  test('is refused with 403 when its sender takes part no longer, and 404 where there is no conversation', async () => {
    await send({ clientMessageId: 'a' });
    await stack.query(`delete from participant where conversation_id = $1 and user_id = 'user-1'`, [id]);
    expect((await send({ clientMessageId: 'a' })).status).toBe(403);
    expect((await send({ clientMessageId: 'b', userId: 'stranger' })).status).toBe(403);
    id = 'nowhere';
    expect((await send({ clientMessageId: 'a' })).status).toBe(404);
  });

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(129)],
    ['a number', 7],
    ['null', null],
    ['with control characters', 'a\0b'],
    ['with a lone surrogate', 'a\ud800'],
  ])('that is %s is refused with 400', async (_what, clientMessageId) => {
    expect(await send({ clientMessageId })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'clientMessageId' }] },
    });
  });

  test('of 128 characters of any script, quotes and question marks is taken', async () => {
    for (const clientMessageId of ['🙂'.repeat(64), `'; drop table message; -- ? ?? $1 "`]) {
      expect([await send({ clientMessageId }), await send({ clientMessageId })].map(({ status }) => status)).toEqual([
        201, 200,
      ]);
    }
  });

  test('has pages without it withdrawn, if whoever stored it could not', async () => {
    const page = async () => (await services[1].read(id, 'user-1')).body;
    await page();
    expect(await page()).toMatchObject({ fromCache: true, messages: [] });
    await storeAsOneThatEnds('a');
    expect(await page()).toMatchObject({ fromCache: true, messages: [] });
    expect(await send({ clientMessageId: 'a' })).toMatchObject({ status: 200, body: { version: 1 } });
    const fresh = await readOnceHeard(services[1], id, 'user-1', 1);
    expect(fresh).toMatchObject({ fromCache: false, messages: [{ content: 'hello' }] });
  });
});

/** What a service leaves behind that is killed between COMMIT and the invalidation. */
async function storeAsOneThatEnds(clientMessageId: string): Promise<void> {
  await stack.query(`update conversation set last_seq = 1, version = 1 where id = $1`, [id]);
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content, client_message_id)
     values ($1, $1, 1, 'user-1', 'TEXT', 'hello', $2)`,
    [id, clientMessageId],
  );
}

describe('repeats at the same time', () => {
  test('to two processes make one message each, and seq has no gap', async () => {
    const rounds = 20;
    for (let round = 1; round <= rounds; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => send({ clientMessageId: `round-${round}` }, services[index % 2])),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.message.id)).size).toBe(1);
    }
    const seqs = Array.from({ length: rounds }, (_, index) => index + 1);
    expect(await observeConversation()).toEqual({ version: rounds, lastSeq: rounds, seqs });
  });

  test('that waited for the same row both find the one that was stored', async () => {
    const { Client } = (await import('pg')).default;
    const locker = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
    await locker.connect();
    await locker.query('begin');
    await locker.query('select from conversation where id = $1 for update', [id]);
    const sends = Promise.all(services.map((service) => send({ clientMessageId: 'a' }, service)));
    for (let waiting = 0; waiting < 2; ) {
      const rows = await stack.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%bumped%'`,
      );
      waiting = rows.length;
    }
    await locker.query('commit');
    await locker.end();
    expect((await sends).map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(await observeConversation()).toEqual({ version: 1, lastSeq: 1, seqs: [1] });
  });

  test('with other content: one is stored, the others are answered 409', async () => {
    const contents = ['one', 'two', 'three', 'four'];
    const answers = await Promise.all(
      contents.map((content, index) => send({ clientMessageId: 'a', content }, services[index % 2])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(await observeConversation()).toEqual({ version: 1, lastSeq: 1, seqs: [1] });
  });
});
