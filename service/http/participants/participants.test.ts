import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../testing/eventually.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
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

const PATH = '/api/v1/chat/conversations';

const add = (userId: string, participantIds: readonly string[], more: object = {}, by = service) =>
  by.post(`${PATH}/${id}/participants`, { userId, participantIds, ...more });

const remove = (userId: string, participantId: string, by = service) =>
  by.delete(`${PATH}/${id}/participants/${encodeURIComponent(participantId)}?userId=${userId}`);

const told = async (userId: string) =>
  (await service.read(id, userId)).body.messages.map(({ content }: { content: string }) => content).reverse();

async function observeRoles(): Promise<Record<string, string>> {
  const rows = await stack.query('select user_id, role from participant where conversation_id = $1', [id]);
  return Object.fromEntries(rows.map(({ user_id, role }) => [user_id, role]));
}

/** Every version has one message here, so the two numbers tell whether something was bumped twice or not at all. */
async function expectVersion(version: number): Promise<void> {
  const rows = await stack.query('select version::int, last_seq::int as seq from conversation where id = $1', [id]);
  expect(rows).toEqual([{ version, seq: version }]);
}

describe('adding', () => {
  test('lets people in, and a SYSTEM message tells it in the same version', async () => {
    await service.send(id, 'ann', 'before');
    const added = await add('ann', ['dan', 'eva']);
    expect(added).toMatchObject({ status: 200, body: { version: 2, lastSeq: 2 } });
    expect(added.body.participants.slice(3)).toMatchObject([
      { userId: 'dan', role: 'MEMBER', lastReadSeq: 1 },
      { userId: 'eva', role: 'MEMBER', lastReadSeq: 1 },
    ]);
    expect(await told('eva')).toEqual(['before', 'ann added dan and eva']);
    expect((await service.send(id, 'dan', 'hello')).status).toBe(201);
  });

  test('those who take part already changes nothing', async () => {
    const first = await add('ann', ['dan', 'bob']);
    expect(first.body.participantIds).toEqual(['ann', 'bob', 'cem', 'dan']);
    expect((await add('ann', ['dan', 'bob', 'dan'])).body).toEqual(first.body);
    await expectVersion(1);
  });

  test('as owners makes owners, of those who take part too', async () => {
    await add('ann', ['bob', 'dan'], { role: 'OWNER' });
    expect(await observeRoles()).toEqual({ ann: 'OWNER', bob: 'OWNER', cem: 'MEMBER', dan: 'OWNER' });
    expect(await told('ann')).toEqual(['ann added dan as owner and made bob an owner']);
    await add('ann', ['bob'], { role: 'MEMBER' });
    expect(await observeRoles()).toMatchObject({ bob: 'OWNER' });
    await expectVersion(1);
  });

  test('is seen by cached pages: who was let in reads at once, elsewhere once that is heard of', async () => {
    for (const by of services) expect((await by.read(id, 'dan')).status).toBe(403);
    for (const by of services) await by.read(id, 'ann');
    await add('ann', ['dan']);
    expect((await service.read(id, 'dan')).status).toBe(200);
    await eventually('the other one lets in', async () => (await services[1].read(id, 'dan')).status === 200);
  });

  test('is refused to members and strangers, in direct conversations, and where there is none', async () => {
    expectProblem(await add('bob', ['dan']), 403, 'not-an-owner');
    expectProblem(await add('eve', ['dan']), 403, 'not-a-participant');
    id = 'conv-1';
    expectProblem(await add('user-1', ['dan']), 409, 'direct-conversation-is-fixed');
    id = 'nowhere';
    expectProblem(await add('ann', ['dan']), 404, 'conversation-not-found');
  });

  test.each([
    ['nobody', [], ['participantIds']],
    ['251', Array.from({ length: 251 }, (_, index) => `${index}`), ['participantIds']],
    ['an empty id', [''], ['participantIds.0']],
    ['a number', [7], ['participantIds.0']],
  ])('%s answers 400', async (_what, ids, fields) => {
    expectProblem(await add('ann', ids as string[]), 400, 'invalid-request', fields);
    expectProblem(await add('ann', ['dan'], { role: 'KING' }), 400, 'invalid-request', ['role']);
  });

  test('ends at 250 participants, also by many at once', async () => {
    const crowd = Array.from({ length: 240 }, (_, index) => `crowd-${index}`);
    expect((await add('ann', crowd)).status).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => add('ann', [`x${index}`, `y${index}`], {}, services[index % 2 ? 1 : 0])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409, 409, 409, 409]);
    const full = await add('ann', ['one', 'two']);
    expectProblem(full, 409, 'conversation-is-full');
    expect(Object.keys(await observeRoles())).toHaveLength(249);
    expect((await add('ann', ['last'])).body.participantIds).toHaveLength(250);
    expect((await add('ann', ['last', ...crowd.slice(0, 200)])).status).toBe(200);
    await expectVersion(5);
    expect((await told('ann'))[0]).toMatch(/^ann added crowd-0, .*, crowd-9 and 230 others$/);
  });
});

describe('removing', () => {
  test('ends somebody’s part at once, elsewhere once that is heard of, and a SYSTEM message tells it', async () => {
    for (const by of services) expect((await by.read(id, 'bob')).status).toBe(200);
    expect((await remove('ann', 'bob')).body).toMatchObject({ participantIds: ['ann', 'cem'], version: 1 });
    expect((await service.read(id, 'bob')).status).toBe(403);
    await eventually('the other one refuses', async () => (await services[1].read(id, 'bob')).status === 403);
    expectProblem(await service.send(id, 'bob', 'still here?'), 403, 'not-a-participant');
    expect(await told('cem')).toEqual(['ann removed bob']);
  });

  test('who takes no part changes nothing', async () => {
    const first = await remove('ann', 'bob');
    expect(await remove('ann', 'bob')).toMatchObject({ status: 200, body: first.body });
    await expectVersion(1);
  });

  test('is the owners’: members and strangers 403; direct conversations are fixed', async () => {
    expectProblem(await remove('bob', 'cem'), 403, 'not-an-owner');
    expectProblem(await remove('eve', 'cem'), 403, 'not-a-participant');
    expectProblem(await remove('ann', 'x'.repeat(129)), 400, 'invalid-request', ['participantId']);
    id = 'conv-1';
    expectProblem(await remove('user-1', 'user-2'), 409, 'direct-conversation-is-fixed');
    expectProblem(await remove('user-1', 'user-1'), 409, 'direct-conversation-is-fixed');
  });

  test('and adding again begins anew: nothing of before is unread', async () => {
    await service.send(id, 'ann', 'for @bob');
    await remove('ann', 'bob');
    await service.send(id, 'ann', 'behind his back');
    await add('ann', ['bob']);
    const read = await service.put(`${PATH}/${id}/read`, { userId: 'bob', seq: 0 });
    expect(read.body).toEqual({ lastReadSeq: 3, unreadCount: 1, unreadMentions: 0 });
  });
});

describe('leaving', () => {
  test('is anybody’s to do', async () => {
    expect((await remove('bob', 'bob')).status).toBe(200);
    expect(await told('ann')).toEqual(['bob left']);
    expectProblem(await remove('bob', 'bob'), 403, 'not-a-participant');
    await expectVersion(1);
  });

  test('by the last owner hands over to who has been there longest', async () => {
    await stack.query(
      `update participant set joined_at = joined_at - interval '1 day'
      where conversation_id = $1 and user_id = 'cem'`,
      [id],
    );
    await remove('ann', 'ann');
    expect(await observeRoles()).toEqual({ bob: 'MEMBER', cem: 'OWNER' });
    expect(await told('bob')).toEqual(['ann left; cem is an owner now']);
  });

  test('by an owner among others hands nothing over', async () => {
    await add('ann', ['cem'], { role: 'OWNER' });
    await remove('ann', 'ann');
    expect(await observeRoles()).toEqual({ bob: 'MEMBER', cem: 'OWNER' });
    expect((await told('bob')).at(-1)).toBe('ann left');
  });

  test('by everybody leaves a conversation that nobody reads', async () => {
    for (const user of ['ann', 'bob', 'cem']) expect((await remove(user, user)).status).toBe(200);
    expect(await observeRoles()).toEqual({});
    expectProblem(await service.read(id, 'ann'), 403, 'not-a-participant');
  });
});

/** Holds the row of the conversation until released. */
async function lockConversation(): Promise<() => Promise<void>> {
  const { Client } = (await import('pg')).default;
  const locker = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
  await locker.connect();
  await locker.query('begin');
  await locker.query('select from conversation where id = $1 for update', [id]);
  return () => locker.end();
}

/** Resolves when so many statements wait for a lock. */
async function waiting(count: number): Promise<void> {
  for (let found = 0; found < count; ) {
    found = (await stack.query(`select from pg_stat_activity where wait_event_type = 'Lock'`)).length;
  }
}

describe('at the same time', () => {
  test('two owners who remove each other: one does, the other is out', async () => {
    for (let round = 0; round < 10; round += 1) {
      id = await stack.createConversation(['ann', 'bob', 'cem']);
      await add('ann', ['bob'], { role: 'OWNER' });
      const answers = await Promise.all([remove('ann', 'bob', services[0]), remove('bob', 'ann', services[1])]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
      const roles = await observeRoles();
      expect(Object.values(roles).sort()).toEqual(['MEMBER', 'OWNER']);
      await expectVersion(2);
    }
  });

  test('all owners who leave: whoever stays owns it', async () => {
    await add('ann', ['bob'], { role: 'OWNER' });
    const answers = await Promise.all([remove('ann', 'ann', services[0]), remove('bob', 'bob', services[1])]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await observeRoles()).toEqual({ cem: 'OWNER' });
    await expectVersion(3);
  });

  test('a SYSTEM message that waits while its sender ceases to be an owner is refused', async () => {
    await add('ann', ['bob'], { role: 'OWNER' });
    const release = await lockConversation();
    const send = { userId: 'bob', messageType: 'SYSTEM', content: 'too late' };
    const sent = service.post(`${PATH}/${id}/messages`, send);
    await waiting(1);
    await stack.query(`update participant set role = 'MEMBER' where conversation_id = $1 and user_id = 'bob'`, [id]);
    await release();
    expectProblem(await sent, 403, 'not-an-owner');
    await expectVersion(1);
  });

  test('a send that waits while its sender is removed is refused: nothing follows the removal', async () => {
    const release = await lockConversation();
    const removal = remove('ann', 'bob', services[0]);
    await waiting(1);
    // Through a replica each: in one they would wait for each other, not for the lock.
    const sends = [
      services[0].send(id, 'bob', 'too late'),
      services[1].post(`${PATH}/${id}/messages`, { userId: 'bob', content: 'too late', clientMessageId: 'a' }),
    ];
    await waiting(3);
    await release();
    expect((await removal).status).toBe(200);
    for (const sent of sends) expectProblem(await sent, 403, 'not-a-participant');
    expect(await told('ann')).toEqual(['ann removed bob']);
    await expectVersion(1);
  });

  test('sends and removals: nobody’s message follows the removal, and seq has no gap', async () => {
    const crowd = Array.from({ length: 12 }, (_, index) => `crowd-${index}`);
    await add('ann', crowd);
    await Promise.all(
      crowd.flatMap((user, index) => [
        service.send(id, user, 'one'),
        remove('ann', user, services[index % 2 ? 1 : 0]),
        service.send(id, user, 'two'),
      ]),
    );
    const rows = await stack.query(
      'select seq::int, user_id, content, message_type as type from message where conversation_id = $1 order by seq',
      [id],
    );
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, index) => index + 1));
    for (const user of crowd) {
      const removed = rows.find(({ content }) => content === `ann removed ${user}`);
      const sent = rows.filter(({ user_id }) => user_id === user);
      for (const { seq } of sent) expect(Number(seq)).toBeLessThan(Number(removed?.seq));
    }
  });
});
