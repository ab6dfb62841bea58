import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
let id: string;
let path: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  id = await stack.createConversation(['ann', 'bob', 'cem']);
  path = `/api/v1/chat/conversations/${id}`;
});

const newest = async (userId: string) => (await service.read(id, userId, 'limit=1')).body;

describe('a conversation', () => {
  test('is told to those who take part, with roles, times and read markers', async () => {
    await service.send(id, 'bob', 'hello');
    const { status, body, headers } = await service.get(`${path}?userId=cem`);
    expect({ status, control: headers['cache-control'] }).toEqual({ status: 200, control: 'private, no-store' });
    const joinedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body).toEqual({
      id,
      type: 'GROUP',
      title: null,
      retentionDays: null,
      version: 1,
      lastSeq: 1,
      createdAt: joinedAt,
      updatedAt: joinedAt,
      participantIds: ['ann', 'bob', 'cem'],
      participants: [
        { userId: 'ann', role: 'OWNER', joinedAt, lastReadSeq: 0 },
        { userId: 'bob', role: 'MEMBER', joinedAt, lastReadSeq: 1 },
        { userId: 'cem', role: 'MEMBER', joinedAt, lastReadSeq: 0 },
      ],
    });
  });

  test('is told to nobody else: strangers 403, no such conversation 404, no caller 400', async () => {
    const refused = await service.get(`${path}?userId=eve`);
    expectProblem(refused, 403, 'not-a-participant');
    expect(refused.text).not.toContain('bob');
    expectProblem(await service.get('/api/v1/chat/conversations/nowhere?userId=ann'), 404, 'conversation-not-found');
    expectProblem(await service.get(path), 400, 'invalid-request', ['userId']);
    expectProblem(await service.get(`${path}?userId=ann&x=1`), 400, 'invalid-request', ['x']);
  });
});

describe('settings', () => {
  test('of a title are told by a SYSTEM message, in the same version', async () => {
    const renamed = await service.patch(path, { userId: 'ann', title: 'Lunch' });
    expect(renamed).toMatchObject({ status: 200, body: { title: 'Lunch', version: 1, lastSeq: 1 } });
    const { messages, version } = await newest('cem');
    expect({ version, messages }).toMatchObject({
      version: 1,
      messages: [{ messageType: 'SYSTEM', userId: 'ann', content: 'ann renamed the conversation to Lunch', seq: 1 }],
    });
    expect((await service.patch(path, { userId: 'ann', title: null })).body).toMatchObject({ title: null, version: 2 });
    expect((await newest('bob')).messages).toMatchObject([{ content: 'ann removed the title' }]);
  });

  test('of both at once are one change', async () => {
    const body = { userId: 'ann', title: 'Lunch', retentionDays: 30 };
    expect((await service.patch(path, body)).body).toMatchObject({ title: 'Lunch', retentionDays: 30, version: 1 });
    const [message] = (await newest('ann')).messages;
    expect(message.content).toBe('ann renamed the conversation to Lunch and has messages deleted after 30 days');
    expect((await service.patch(path, { userId: 'ann', retentionDays: null })).body).toMatchObject({
      title: 'Lunch',
      retentionDays: null,
      version: 2,
    });
  });

  test('that are so already change nothing', async () => {
    const body = { userId: 'ann', title: 'Lunch', retentionDays: 1 };
    const first = await service.patch(path, body);
    expect((await service.patch(path, body)).body).toEqual(first.body);
    expect((await newest('ann')).version).toBe(1);
  });

  test('leave no row of the outbox behind once they are announced', async () => {
    await service.patch(path, { userId: 'ann', title: 'Lunch' });
    for (let left = 1; left > 0; )
      left = (await stack.query('select from outbox where conversation_id = $1', [id])).length;
  });

  test('are the owners’ to change: members and strangers 403, no such conversation 404', async () => {
    expectProblem(await service.patch(path, { userId: 'bob', title: 'x' }), 403, 'not-an-owner');
    expectProblem(await service.patch(path, { userId: 'eve', title: 'x' }), 403, 'not-a-participant');
    const nowhere = '/api/v1/chat/conversations/nowhere';
    expectProblem(await service.patch(nowhere, { userId: 'ann', title: 'x' }), 404, 'conversation-not-found');
    expect((await newest('ann')).version).toBe(0);
  });

  test('of a direct conversation: no title, but retention', async () => {
    const direct = '/api/v1/chat/conversations/conv-1';
    expectProblem(await service.patch(direct, { userId: 'user-1', title: 'x' }), 409, 'direct-conversation-is-fixed');
    const set = await service.patch(direct, { userId: 'user-2', retentionDays: 3650 });
    expect(set).toMatchObject({ status: 200, body: { retentionDays: 3650 } });
  });

  test.each([
    [{}, ['title']],
    [{ title: '' }, ['title']],
    [{ title: ' \n' }, ['title']],
    [{ title: 'x'.repeat(201) }, ['title']],
    [{ title: 7 }, ['title']],
    [{ retentionDays: 0 }, ['retentionDays']],
    [{ retentionDays: 3651 }, ['retentionDays']],
    [{ retentionDays: 1.5 }, ['retentionDays']],
    [{ retentionDays: '30' }, ['retentionDays']],
    [{ title: 'x', type: 'GROUP' }, ['type']],
  ])('%j answer 400 that names %j', async (body, fields) => {
    expectProblem(await service.patch(path, { userId: 'ann', ...body }), 400, 'invalid-request', fields);
  });
});
