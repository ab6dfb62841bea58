import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { follow } from '../testing/follower.ts';
import { openSocket, type SocketClient } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let here: RunningService;
let there: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  [here, there] = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());

const clients: SocketClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

async function connect(service: RunningService, userId = 'user-1'): Promise<SocketClient> {
  const client = await openSocket(service.url, userId);
  clients.push(client);
  return client;
}

const makeConversation = () => stack.createConversation(['user-1', 'user-2', 'user-3']);
/** Changes the content of a message that user-2 sent. */
const edit = (service: RunningService, id: string, messageId: string, content: string) =>
  service.patch(`/api/v1/chat/conversations/${id}/messages/${messageId}`, { userId: 'user-2', content });

/** Sends so many messages of user-2, one after the other. */
async function sendMany(service: RunningService, id: string, count: number): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    expect((await service.send(id, 'user-2', `message ${index}`)).status).toBe(201);
  }
}

describe('a socket that follows a conversation', () => {
  test('is told the messages of both replicas in order and once', async () => {
    const id = await makeConversation();
    const client = await connect(here);
    expect(await client.next('welcome')).toEqual({ type: 'welcome', userId: 'user-1', pingSeconds: 25 });
    expect(await client.subscribe(id)).toMatchObject({
      recovered: true,
      seq: 0,
      version: 0,
      messages: [],
      changed: [],
    });
    for (const service of [here, there, here, there]) await service.send(id, 'user-2', 'x');
    await client.next('message', ({ message }) => message.seq === 4);
    expect(follow(client.frames, id)).toMatchObject({ seq: 4, version: 4 });
    expect(client.frames.filter(({ type }) => type === 'message')).toHaveLength(4);
  });

  test('is told what the history tells, also of edits and deletions', async () => {
    const id = await makeConversation();
    const client = await connect(here);
    await client.subscribe(id);
    const sent = await there.send(id, 'user-2', 'frist');
    const { id: messageId } = sent.body.message;
    expect((await client.next('message')).message).toEqual(sent.body.message);
    const edited = await edit(here, id, messageId, 'first');
    expect(await client.next('message.changed')).toEqual({
      type: 'message.changed',
      conversationId: id,
      version: 2,
      message: edited.body.message,
    });
    await there.delete(`/api/v1/chat/conversations/${id}/messages/${messageId}?userId=user-2`);
    const { message } = await client.next('message.changed');
    expect([message.content, message.deletedAt]).toEqual(['', expect.any(String)]);
  });

  test('hears nothing any more once it has unsubscribed', async () => {
    const id = await makeConversation();
    const client = await connect(here);
    await client.subscribe(id);
    client.send({ type: 'unsubscribe', conversationId: id });
    expect(await client.next('unsubscribed')).toMatchObject({ conversationId: id, reason: 'asked' });
    await here.send(id, 'user-2', 'unheard');
    await client.subscribe(id);
    expect(client.frames.filter(({ type }) => type === 'message')).toEqual([]);
  });

  test('of one who takes no part, or of no conversation, is refused', async () => {
    const id = await stack.createConversation(['user-2', 'user-3']);
    const client = await connect(here);
    client.send({ type: 'subscribe', conversationId: id });
    expect(await client.next('error')).toMatchObject({ code: 'not-a-participant', conversationId: id });
    client.send({ type: 'subscribe', conversationId: 'nowhere' });
    expect(await client.next('error')).toMatchObject({ code: 'conversation-not-found', conversationId: 'nowhere' });
    await here.send(id, 'user-2', 'secret');
    await client.subscribe('conv-1');
    expect(JSON.stringify(client.frames)).not.toContain('secret');
  });

  test('may follow 128 conversations, all asked for at once, and no more', async () => {
    const ids: string[] = [];
    while (ids.length < 129) ids.push(await makeConversation());
    const client = await connect(here);
    for (const id of ids) client.send({ type: 'subscribe', conversationId: id });
    expect(await client.next('error')).toMatchObject({ code: 'too-many-subscriptions', conversationId: ids[128] });
    const isToldAll = async () => client.frames.filter(({ type }) => type === 'subscribed').length === 128;
    await eventually('all are followed', isToldAll);
    await there.send(ids[100] as string, 'user-2', 'x');
    expect((await client.next('message')).conversationId).toBe(ids[100]);
  });
});

describe('a client that comes back', () => {
  test('is told what it missed, and then what happens, wherever it comes back to', async () => {
    const id = await makeConversation();
    const first = await connect(here);
    await first.subscribe(id);
    await sendMany(here, id, 3);
    await first.next('message', ({ message }) => message.seq === 3);
    const known = follow(first.frames, id);
    await first.close();

    await sendMany(there, id, 5);
    const { body } = await here.read(id, 'user-1', 'limit=100');
    await edit(there, id, body.messages.at(-1).id, 'changed meanwhile');
    for (const service of [here, there]) {
      const again = await connect(service);
      const { seq, version } = known;
      const caughtUp = await again.subscribe(id, { seq, version });
      expect(caughtUp).toMatchObject({ recovered: true, seq: 8, version: 9, firstSeq: 1 });
      expect(caughtUp.messages.map((message) => message.seq)).toEqual([4, 5, 6, 7, 8]);
      expect(caughtUp.changed.map(({ seq, content }) => [seq, content])).toEqual([[1, 'changed meanwhile']]);
    }
  });

  test('having seen a seq alone is told the newer messages, and no changes', async () => {
    const id = await makeConversation();
    await sendMany(here, id, 3);
    const { body } = await here.read(id, 'user-1');
    await edit(here, id, body.messages.at(-1).id, 'changed');
    const client = await connect(there);
    client.send({ type: 'subscribe', conversationId: id, seq: 2 });
    const { messages, changed, recovered } = await client.next('subscribed');
    expect([messages.map(({ seq }) => seq), changed, recovered]).toEqual([[3], [], true]);
  });

  test('having missed nothing is let in without a look at the database, when others follow already', async () => {
    const id = await makeConversation();
    await sendMany(here, id, 2);
    const other = await connect(here, 'user-3');
    await other.subscribe(id);
    const countReads = async () =>
      /realtime_catch_ups_total\{result="current"\} (\d+)/.exec(
        await (await fetch(`http://127.0.0.1:${here.metricsPort}/metrics`)).text(),
      )?.[1];
    const before = Number(await countReads());
    const client = await connect(here);
    expect(await client.subscribe(id, { seq: 2, version: 2 })).toMatchObject({ recovered: true, messages: [] });
    expect(Number(await countReads())).toBe(before + 1);
    await here.send(id, 'user-2', 'x');
    expect((await client.next('message')).version).toBe(3);
  });

  test('is told that a gap cannot be filled: too long, too large, trimmed, or of another database', async () => {
    const id = await makeConversation();
    const insert = (from: number, to: number, content: string) =>
      stack.query(
        `insert into message (id, conversation_id, seq, user_id, message_type, content)
          select gen_random_uuid(), $1, seq, 'user-2', 'TEXT', $2 from generate_series($3::int, $4::int) seq`,
        [id, content, from, to],
      );
    const setEnds = (seq: number, version: number) =>
      stack.query('update conversation set last_seq = $2, version = $3 where id = $1', [id, seq, version]);
    await insert(1, 400, 'x');
    await setEnds(400, 400);
    const client = await connect(here);
    const ask = (seq: number, version: number) => client.subscribe(id, { seq, version });

    expect(await ask(100, 100)).toMatchObject({ recovered: true, seq: 400, version: 400 });
    expect((await ask(100, 100)).messages).toHaveLength(300);
    expect(await ask(99, 99)).toMatchObject({ recovered: false, seq: 400, version: 400, messages: [] });
    expect(await ask(401, 400)).toMatchObject({ recovered: false, seq: 400 });
    expect(await ask(400, 401)).toMatchObject({ recovered: false, seq: 400 });
    await stack.query('delete from message where conversation_id = $1 and seq <= 200', [id]);
    expect(await ask(199, 199)).toMatchObject({ recovered: false, firstSeq: 201 });
    expect((await ask(200, 200)).messages).toHaveLength(200);
    await insert(401, 500, 'x'.repeat(9_000));
    await setEnds(500, 500);
    expect(await ask(400, 400)).toMatchObject({ recovered: false, seq: 500, messages: [] });
    expect((await ask(460, 460)).messages).toHaveLength(40);
  });
});
