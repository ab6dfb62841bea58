import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../../testing/expect-problem.ts';
import { readOnceHeard } from '../../testing/read-once-heard.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: [RunningService, RunningService];
let service: RunningService;
let id: string;
let messageId: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
  [service] = services;
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['ann', 'bob', 'cem']);
  messageId = (await service.send(id, 'bob', 'hello')).body.message.id;
});

const path = (emoji: string, userId: string) =>
  `/api/v1/chat/conversations/${id}/messages/${messageId}/reactions/${encodeURIComponent(emoji)}?userId=${userId}`;

const give = (emoji: string, userId = 'ann', by = service) => by.put(path(emoji, userId));
const take = (emoji: string, userId = 'ann', by = service) => by.delete(path(emoji, userId));

const manyEmoji = (count: number) => Array.from({ length: count }, (_, index) => String.fromCodePoint(0x1f600 + index));

describe('a reaction', () => {
  test('is on the message, in the order in which it was given, in a version of its own', async () => {
    for (const by of services) await by.read(id, 'ann');
    await give('👍', 'cem');
    await give('👍', 'ann');
    const given = await give('🎉', 'ann');
    expect(given).toMatchObject({
      status: 200,
      body: { version: 4, message: { id: messageId, reactions: { '👍': ['cem', 'ann'], '🎉': ['ann'] } } },
    });
    expect(given.body.message).not.toHaveProperty('editedAt');
    expect((await service.read(id, 'bob')).body.messages).toEqual([given.body.message]);
    expect((await readOnceHeard(services[1], id, 'bob', 4)).messages).toEqual([given.body.message]);
  });

  test('given again, or taken where it was not given, changes nothing', async () => {
    const first = await give('👍');
    expect((await give('👍')).body).toEqual(first.body);
    expect((await take('👎')).body).toEqual(first.body);
    expect((await take('👍', 'bob')).body).toEqual(first.body);
  });

  test('taken back leaves the others, and none at all when it was the last', async () => {
    await give('👍', 'ann');
    await give('👍', 'cem');
    expect((await take('👍', 'ann')).body.message.reactions).toEqual({ '👍': ['cem'] });
    expect((await take('👍', 'cem')).body.message).not.toHaveProperty('reactions');
    expect(await stack.query('select reactions from message where id = $1', [messageId])).toEqual([
      { reactions: null },
    ]);
  });

  test('is a participant’s to give, on a message that is there', async () => {
    for (const ask of [give, take]) {
      expectProblem(await ask('👍', 'eve'), 403, 'not-a-participant');
    }
    const there = messageId;
    messageId = 'nothing';
    expectProblem(await give('👍'), 404, 'message-not-found');
    messageId = there;
    id = 'nowhere';
    expectProblem(await give('👍'), 404, 'conversation-not-found');
  });

  test('is not given to a deleted message, and gone from it', async () => {
    await give('👍');
    await service.delete(`/api/v1/chat/conversations/${id}/messages/${messageId}?userId=bob`);
    expectProblem(await give('👍'), 409, 'message-is-deleted');
    expect((await take('👍')).body.message).not.toHaveProperty('reactions');
  });

  test('of a 21st kind is refused, of the first 20 not', async () => {
    const [last = '', ...emoji] = manyEmoji(21);
    for (const one of emoji) expect((await give(one)).status).toBe(200);
    expectProblem(await give(last), 409, 'too-many-reactions');
    expect((await give(emoji[0] ?? '', 'bob')).status).toBe(200);
    await take(emoji[1] ?? '');
    expect((await give(last)).status).toBe(200);
  });

  test.each(['👍', '👍🏽', '👩‍👩‍👧‍👦', '❤️', '❤', '🇨🇭', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '1️⃣', '#⃣', '©', ':thumbsup:', ':+1:', ':e-mail_2:'])(
    'may be %s',
    async (emoji) => {
      expect((await give(emoji)).body.message.reactions).toEqual({ [emoji]: ['ann'] });
      expect((await take(emoji)).status).toBe(200);
    },
  );

  test.each([
    'a',
    '1',
    'ok',
    '👍👍',
    '👍 ',
    ' ',
    '::',
    ':Smile:',
    ':a b:',
    `:${'x'.repeat(31)}:`,
    '🇨',
    '<b>',
    `👍${'\u0301'.repeat(40)}`,
    '\u200d',
    '__proto__',
    '👍\0',
  ])('%j answers 400 that names the emoji', async (emoji) => {
    expectProblem(await give(emoji), 400, 'invalid-request', ['emoji']);
  });
});

describe('at the same time', () => {
  test('reactions of many are all there, and each has a version of its own', async () => {
    const users = Array.from({ length: 12 }, (_, index) => `fan-${index}`);
    await service.post(`/api/v1/chat/conversations/${id}/participants`, { userId: 'ann', participantIds: users });
    const answers = await Promise.all(users.map((user, index) => give('👏', user, services[index % 2 ? 1 : 0])));
    expect(answers.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(users.map((_, index) => index + 3));
    const [message] = (await service.read(id, 'ann', 'offset=1')).body.messages;
    expect(message.reactions['👏'].toSorted()).toEqual(users.toSorted());
  });

  test('a reaction and a deletion: no reaction is left', async () => {
    for (let round = 0; round < 10; round += 1) {
      messageId = (await service.send(id, 'bob', 'hello')).body.message.id;
      const deletion = `/api/v1/chat/conversations/${id}/messages/${messageId}?userId=bob`;
      const [given, removed] = await Promise.all([give('👍', 'ann', services[0]), services[1].delete(deletion)]);
      expect([200, 409]).toContain(given.status);
      expect(removed.body.message).not.toHaveProperty('reactions');
      const [message] = (await service.read(id, 'ann', 'limit=1')).body.messages;
      expect(message).toMatchObject({ id: messageId, content: '' });
      expect(message).not.toHaveProperty('reactions');
    }
  });
});
