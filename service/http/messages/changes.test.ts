import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../../testing/expect-problem.ts';
import { readOnceHeard } from '../../testing/read-once-heard.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: [RunningService, RunningService];
let service: RunningService;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
  [service] = services;
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['ann', 'bob', 'cem']);
});

const at = (messageId: string) => `/api/v1/chat/conversations/${id}/messages/${messageId}`;

const post = (body: object) =>
  service.post(`/api/v1/chat/conversations/${id}/messages`, { userId: 'bob', content: 'hello', ...body });

const edit = (messageId: string, content: unknown, userId = 'bob', by = service) =>
  by.patch(at(messageId), { userId, content });

const remove = (messageId: string, userId = 'bob', by = service) => by.delete(`${at(messageId)}?userId=${userId}`);

const unread = async (userId: string) =>
  (await service.put(`/api/v1/chat/conversations/${id}/read`, { userId, seq: 0 })).body;

async function sendOne(content = 'hello'): Promise<string> {
  return (await service.send(id, 'bob', content)).body.message.id;
}

async function observeVersion() {
  const [row] = await stack.query(
    `select version::int, last_seq::int as "lastSeq",
      (select max(changed_version)::int from message where conversation_id = c.id) as changed
     from conversation c where id = $1`,
    [id],
  );
  return row;
}

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('a single message', () => {
  test('is told to participants alone', async () => {
    const sent = await service.send(id, 'bob', 'hello');
    const messageId = sent.body.message.id;
    expect((await service.get(`${at(messageId)}?userId=ann`)).body).toEqual(sent.body.message);
    expectProblem(await service.get(`${at(messageId)}?userId=eve`), 403, 'not-a-participant');
    expectProblem(await service.get(`${at('nothing')}?userId=ann`), 404, 'message-not-found');
    id = await stack.createConversation(['eve', 'fay']);
    expectProblem(await service.get(`${at(messageId)}?userId=eve`), 404, 'message-not-found');
  });
});

describe('an edit', () => {
  test('gives the message other words and says so, in a version of its own', async () => {
    const sent = await service.send(id, 'bob', 'helo');
    const edited = await edit(sent.body.message.id, 'hello');
    const message = { ...sent.body.message, content: 'hello', editedAt: time };
    expect(edited).toMatchObject({ status: 200, body: { message, version: 2 } });
    expect((await service.read(id, 'ann')).body.messages).toEqual([edited.body.message]);
    expect(await observeVersion()).toEqual({ version: 2, lastSeq: 1, changed: 2 });
  });

  test('is in every page from its answer on, elsewhere once that is heard of', async () => {
    const messageId = await sendOne('old');
    for (const by of services) await by.read(id, 'ann');
    expect((await services[1].read(id, 'ann')).body.fromCache).toBe(true);
    const { version } = (await edit(messageId, 'new')).body;
    expect((await service.read(id, 'ann')).body.messages).toMatchObject([{ content: 'new' }]);
    expect((await readOnceHeard(services[1], id, 'ann', version)).messages).toMatchObject([{ content: 'new' }]);
  });

  test('that changes nothing bumps nothing', async () => {
    const messageId = await sendOne('same');
    expect((await edit(messageId, 'same')).body).toMatchObject({ version: 1, message: { content: 'same' } });
    expect((await edit(messageId, 'same')).body.message).not.toHaveProperty('editedAt');
    const edited = await edit(messageId, 'other');
    expect((await edit(messageId, 'other')).body).toEqual(edited.body);
    expect(await observeVersion()).toEqual({ version: 2, lastSeq: 1, changed: 2 });
  });

  test('names others than before: mentions follow it', async () => {
    const messageId = await sendOne('for @ann and @cem');
    expect([(await unread('ann')).unreadMentions, (await unread('cem')).unreadMentions]).toEqual([1, 1]);
    await edit(messageId, 'for @cem, not for @bob or @eve');
    expect([(await unread('ann')).unreadMentions, (await unread('cem')).unreadMentions]).toEqual([0, 1]);
    await edit(messageId, 'for @ann');
    expect([(await unread('ann')).unreadMentions, (await unread('cem')).unreadMentions]).toEqual([1, 0]);
    expect(await stack.query('select user_id from mention where conversation_id = $1', [id])).toEqual([
      { user_id: 'ann' },
    ]);
  });

  test('is the sender’s alone, as long as the sender takes part', async () => {
    const messageId = await sendOne();
    expectProblem(await edit(messageId, 'x', 'ann'), 403, 'not-the-sender');
    expectProblem(await edit(messageId, 'x', 'eve'), 403, 'not-a-participant');
    expectProblem(await edit('nothing', 'x'), 404, 'message-not-found');
    await service.delete(`/api/v1/chat/conversations/${id}/participants/bob?userId=bob`);
    expectProblem(await edit(messageId, 'x'), 403, 'not-a-participant');
    id = 'nowhere';
    expectProblem(await edit(messageId, 'x'), 404, 'conversation-not-found');
  });

  test('of a SYSTEM message is refused', async () => {
    const sent = await post({ userId: 'ann', messageType: 'SYSTEM', content: 'ann opened the window' });
    expectProblem(await edit(sent.body.message.id, 'bob did', 'ann'), 409, 'system-message-is-fixed');
  });

  test('of a message of another conversation finds nothing', async () => {
    const messageId = await sendOne();
    id = await stack.createConversation(['bob', 'fay']);
    expectProblem(await edit(messageId, 'x'), 404, 'message-not-found');
  });

  test.each([[undefined], [''], [' '], [7], ['x'.repeat(10_001)], ['a\0'], ['\ud800']])(
    'to %j answers 400 that names the content',
    async (content) => {
      expectProblem(await edit(await sendOne(), content), 400, 'invalid-request', ['content']);
    },
  );
});

describe('a deletion', () => {
  test('takes words, reactions and mentions, and leaves the place', async () => {
    const sent = await service.send(id, 'bob', 'secret for @ann');
    const messageId = sent.body.message.id;
    await service.put(`${at(messageId)}/reactions/${encodeURIComponent('👍')}?userId=cem`);
    const removed = await remove(messageId);
    const message = { ...sent.body.message, content: '', deletedAt: time };
    expect(removed.body).toEqual({ message, version: 3 });
    await service.send(id, 'bob', 'next');
    expect((await service.read(id, 'ann')).body.messages).toMatchObject([{ seq: 2 }, { seq: 1, content: '' }]);
    expect(await unread('ann')).toEqual({ lastReadSeq: 0, unreadCount: 2, unreadMentions: 0 });
    expect(
      await stack.query('select from message where conversation_id = $1 and content like $2', [id, '%secret%']),
    ).toEqual([]);
  });

  test('again is answered 200 and changes nothing', async () => {
    const messageId = await sendOne();
    const first = await remove(messageId);
    expect(await remove(messageId)).toMatchObject({ status: 200, body: first.body });
    expect((await remove(messageId, 'ann')).body).toEqual(first.body);
    expect(await observeVersion()).toEqual({ version: 2, lastSeq: 1, changed: 2 });
  });

  test('is the sender’s or an owner’s', async () => {
    const messageId = await sendOne();
    expectProblem(await remove(messageId, 'cem'), 403, 'not-an-owner');
    expectProblem(await remove(messageId, 'eve'), 403, 'not-a-participant');
    expectProblem(await remove('nothing'), 404, 'message-not-found');
    expect((await remove(messageId, 'ann')).status).toBe(200);
  });

  test('in a direct conversation is the sender’s alone', async () => {
    id = 'conv-1';
    const { body } = await service.send(id, 'user-1', 'mine');
    expectProblem(await remove(body.message.id, 'user-2'), 403, 'not-the-sender');
    expect((await remove(body.message.id, 'user-1')).status).toBe(200);
  });

  test('ends edits', async () => {
    const messageId = await sendOne();
    await remove(messageId);
    expectProblem(await edit(messageId, 'back again'), 409, 'message-is-deleted');
  });
});

describe('a message sent again under its client message id', () => {
  test('after an edit is answered as it is now, and compared with what was sent', async () => {
    const first = await post({ clientMessageId: 'a', content: 'as sent' });
    const edited = await edit(first.body.message.id, 'as edited');
    await edit(first.body.message.id, 'as edited twice');
    const again = await post({ clientMessageId: 'a', content: 'as sent' });
    const message = { ...edited.body.message, content: 'as edited twice', editedAt: time };
    expect(again).toMatchObject({ status: 200, body: { message, version: 3 } });
    for (const content of ['as edited', 'as edited twice', '']) {
      const other = await post({ clientMessageId: 'a', content: content || 'never' });
      expectProblem(other, 409, 'client-message-id-reused', ['clientMessageId']);
    }
    expect(await observeVersion()).toMatchObject({ version: 3, lastSeq: 1 });
  });

  test('after it was deleted is answered as what is left', async () => {
    const first = await post({ clientMessageId: 'a' });
    await remove(first.body.message.id);
    expect(await post({ clientMessageId: 'a' })).toMatchObject({
      status: 200,
      body: { message: { id: first.body.message.id, content: '', deletedAt: time }, version: 2 },
    });
    expectProblem(await post({ clientMessageId: 'a', content: 'x' }), 409, 'client-message-id-reused', [
      'clientMessageId',
    ]);
    expect((await service.read(id, 'ann')).body.messages).toHaveLength(1);
  });

  test('after a reaction, or both edited and deleted, is the first one still', async () => {
    const first = await post({ clientMessageId: 'a' });
    await service.put(`${at(first.body.message.id)}/reactions/:ok:?userId=ann`);
    expect((await post({ clientMessageId: 'a' })).body.message).toMatchObject({ reactions: { ':ok:': ['ann'] } });
    await edit(first.body.message.id, 'edited');
    await remove(first.body.message.id);
    expect((await post({ clientMessageId: 'a' })).status).toBe(200);
    expect((await post({ clientMessageId: 'a', content: 'edited' })).status).toBe(409);
  });
});

describe('at the same time', () => {
  test('an edit and a deletion: the message is gone in the end, and each change has a version of its own', async () => {
    for (let round = 0; round < 10; round += 1) {
      const messageId = await sendOne(`message ${round}`);
      const before = Number((await observeVersion())?.version);
      const [edited, removed] = await Promise.all([
        edit(messageId, 'other', 'bob', services[0]),
        remove(messageId, 'bob', services[1]),
      ]);
      expect(removed.status).toBe(200);
      expect([200, 409]).toContain(edited.status);
      const changes = edited.status === 200 ? 2 : 1;
      expect(await observeVersion()).toMatchObject({ version: before + changes, changed: before + changes });
      expect((await service.get(`${at(messageId)}?userId=ann`)).body).toMatchObject({ content: '', deletedAt: time });
    }
  });

  test('edits: the last one in the order of versions is what stays', async () => {
    const messageId = await sendOne();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => edit(messageId, `edit ${index}`, 'bob', services[index % 2 ? 1 : 0])),
    );
    const byVersion = answers.map(({ body }) => body).sort((a, b) => a.version - b.version);
    expect(byVersion.map(({ version }) => version)).toEqual(Array.from({ length: 10 }, (_, index) => index + 2));
    expect((await service.get(`${at(messageId)}?userId=ann`)).body).toEqual(byVersion.at(-1).message);
  });
});
