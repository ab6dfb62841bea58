import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseServiceConfig } from '../../config/config.ts';
import { ConversationRepository } from '../../data/conversation-repository.ts';
import { openDatabase } from '../../data/database.ts';
import { Outbox } from '../../data/outbox.ts';
import { Announcer } from '../../realtime/announcer.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';
import { buildReadStateRoutes } from './routes.ts';

let stack: StackUnderTest;
let service: RunningService;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['ann', 'bob']);
});

const markRead = (userId: string, seq: unknown) =>
  service.put(`/api/v1/chat/conversations/${id}/read`, { userId, seq });

async function sendAll(userId: string, contents: readonly string[]): Promise<void> {
  for (const content of contents) await service.send(id, userId, content);
}

describe('a read marker', () => {
  test('moves forward, and tells what is unread behind it', async () => {
    await sendAll('bob', ['one', 'two @ann', 'three', 'four @ann']);
    expect((await markRead('ann', 0)).body).toEqual({ lastReadSeq: 0, unreadCount: 4, unreadMentions: 2 });
    expect((await markRead('ann', 2)).body).toEqual({ lastReadSeq: 2, unreadCount: 2, unreadMentions: 1 });
    expect((await markRead('ann', 4)).body).toEqual({ lastReadSeq: 4, unreadCount: 0, unreadMentions: 0 });
  });

  test('never moves back', async () => {
    await sendAll('bob', ['one', 'two', 'three']);
    await markRead('ann', 3);
    expect((await markRead('ann', 1)).body).toEqual({ lastReadSeq: 3, unreadCount: 0, unreadMentions: 0 });
  });

  test('never moves beyond the newest message: what comes later is unread', async () => {
    await sendAll('bob', ['one']);
    expect((await markRead('ann', Number.MAX_SAFE_INTEGER)).body).toMatchObject({ lastReadSeq: 1, unreadCount: 0 });
    await sendAll('bob', ['two']);
    expect((await markRead('ann', 0)).body).toMatchObject({ lastReadSeq: 1, unreadCount: 1 });
  });

  test('is moved by sending, to what was sent', async () => {
    await sendAll('bob', ['one', 'two']);
    await sendAll('ann', ['three']);
    expect((await markRead('ann', 0)).body).toEqual({ lastReadSeq: 3, unreadCount: 0, unreadMentions: 0 });
    expect((await markRead('bob', 0)).body).toEqual({ lastReadSeq: 2, unreadCount: 1, unreadMentions: 0 });
  });

  test('changes no version, and no cached page', async () => {
    await sendAll('bob', ['one']);
    await service.read(id, 'ann');
    await markRead('ann', 1);
    expect((await service.read(id, 'ann')).body).toMatchObject({ version: 1, fromCache: true });
  });

  test('of many at once ends at the furthest', async () => {
    await sendAll(
      'bob',
      Array.from({ length: 12 }, (_, index) => `${index}`),
    );
    await Promise.all(Array.from({ length: 12 }, (_, index) => markRead('ann', ((index * 7) % 12) + 1)));
    expect((await markRead('ann', 0)).body).toMatchObject({ lastReadSeq: 12, unreadCount: 0 });
  });

  test('is news only where it moved', async () => {
    await sendAll('bob', ['one', 'two']);
    const database = openDatabase(parseServiceConfig(stack.environment).database, () => undefined);
    const announcer = new Announcer(undefined, new Outbox(database.orm));
    const news: unknown[] = [];
    announcer.onNews(({ conversationId, json }) => news.push([conversationId, JSON.parse(json)]));
    const [route] = buildReadStateRoutes({ conversations: new ConversationRepository(database.orm), announcer });
    for (const seq of [1, 1, 0, 9]) {
      await route?.handle({ conversationId: id, userId: 'ann', body: { seq } } as never);
    }
    const read = { type: 'read', conversationId: id, userId: 'ann' };
    expect(news).toEqual([
      [id, { ...read, seq: 1 }],
      [id, { ...read, seq: 2 }],
    ]);
    await database.close(5_000);
  });

  test('is a participant’s: strangers 403, no such conversation 404', async () => {
    expectProblem(await markRead('eve', 1), 403, 'not-a-participant');
    id = 'nowhere';
    expectProblem(await markRead('ann', 1), 404, 'conversation-not-found');
  });

  test.each([[undefined], [-1], [1.5], ['1'], [2 ** 53], [null]])('of %j answers 400', async (seq) => {
    expectProblem(await markRead('ann', seq), 400, 'invalid-request', ['seq']);
  });
});
