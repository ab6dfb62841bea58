import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: [RunningService, RunningService];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
});
afterAll(() => stack?.stop());

type Body = { userId?: string; type?: string; participantIds: string[]; title?: string; clientConversationId?: string };

const make = (body: Body, service = services[0]) =>
  service.post('/api/v1/chat/conversations', { type: 'GROUP', ...body });

const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort();

describe('a direct conversation', () => {
  test('is made once for a pair, whoever asks and in whatever order', async () => {
    const first = await make({ type: 'DIRECT_MESSAGE', participantIds: ['dan', 'eva'] });
    expect(first).toMatchObject({ status: 201, body: { participantIds: ['dan', 'eva'], title: null, version: 0 } });
    const again = await make({ type: 'DIRECT_MESSAGE', participantIds: ['eva', 'dan'] }, services[1]);
    expect(again).toMatchObject({ status: 200, body: first.body });
    const other = await make({ type: 'DIRECT_MESSAGE', participantIds: ['dan', 'eve'] });
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(first.body.id);
  });

  test('is owned by both', async () => {
    const { body } = await make({ type: 'DIRECT_MESSAGE', participantIds: ['fay', 'gus'] });
    expect(body.participants).toMatchObject([
      { userId: 'fay', role: 'OWNER', lastReadSeq: 0 },
      { userId: 'gus', role: 'OWNER', lastReadSeq: 0 },
    ]);
  });

  test('of the fixtures is the one of its pair', async () => {
    const made = await make({ type: 'DIRECT_MESSAGE', participantIds: ['user-2', 'user-1'] });
    expect(made).toMatchObject({ status: 200, body: { id: 'conv-1' } });
  });

  test('is made once by many at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const pair = [`left-${round}`, `right-${round}`];
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          make(
            { type: 'DIRECT_MESSAGE', participantIds: index % 3 === 0 ? pair : pair.toReversed() },
            services[index % 2],
          ),
        ),
      );
      expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    }
  });

  test('of ids with quotes, backslashes and any script is found again', async () => {
    const pair = ['o"brien\\', '🙂\uffee'];
    const made = [
      await make({ type: 'DIRECT_MESSAGE', participantIds: pair }),
      await make({ type: 'DIRECT_MESSAGE', participantIds: pair.toReversed() }),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 200]);
  });
});

describe('a group', () => {
  test('is another one each time where its maker gives it no id', async () => {
    const answers = [await make({ participantIds: ['ann', 'ben'] }), await make({ participantIds: ['ann', 'ben'] })];
    expect(statuses(answers)).toEqual([201, 201]);
    expect(answers[0]?.body.id).not.toBe(answers[1]?.body.id);
  });

  test('is made once under the id that its maker gave it, and belongs to its maker', async () => {
    const body = { userId: 'ben', participantIds: ['ann', 'ben', 'cem'], title: 'Lunch', clientConversationId: 'a' };
    const first = await make(body);
    expect(first).toMatchObject({ status: 201, body: { title: 'Lunch', retentionDays: null, lastSeq: 0 } });
    expect(first.body.participants).toMatchObject([
      { userId: 'ann', role: 'MEMBER' },
      { userId: 'ben', role: 'OWNER' },
      { userId: 'cem', role: 'MEMBER' },
    ]);
    const again = await make({ ...body, participantIds: ['cem', 'ben', 'ann'] }, services[1]);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect((await make({ ...body, userId: 'ann' })).status).toBe(201);
  });

  test('is made once by many at the same time', async () => {
    const body = { participantIds: ['ann', 'ben', 'cem'], clientConversationId: 'at once' };
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => make(body, services[index % 2 ? 1 : 0])));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  test('with other participants or another title under the same id answers 409', async () => {
    const body = { participantIds: ['ann', 'ben'], title: 'one', clientConversationId: 'b' };
    const { id } = (await make(body)).body;
    for (const other of [
      { ...body, title: 'two' },
      { participantIds: ['ann', 'ben'], clientConversationId: 'b' },
      { ...body, participantIds: ['ann', 'cem'] },
    ]) {
      const answer = await make(other);
      expectProblem(answer, 409, 'client-conversation-id-reused', ['clientConversationId']);
      expect(answer.text).not.toContain(id);
    }
  });

  test('asked for again is answered as it is now, and 403 once its maker has left', async () => {
    const body = { participantIds: ['ann', 'ben', 'cem'], title: 'was', clientConversationId: 'c' };
    const { id } = (await make(body)).body;
    const path = `/api/v1/chat/conversations/${id}`;
    await services[0].patch(path, { userId: 'ann', title: 'is' });
    await services[0].delete(`${path}/participants/cem?userId=ann`);
    expect(await make(body)).toMatchObject({
      status: 200,
      body: { id, title: 'is', participantIds: ['ann', 'ben'], version: 2 },
    });
    await services[0].delete(`${path}/participants/ann?userId=ann`);
    expectProblem(await make(body), 403, 'not-a-participant');
  });
});
