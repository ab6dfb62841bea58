import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parseServiceConfig } from '../../config/config.ts';
import { openDatabase } from '../../data/database.ts';
import { buildListQuery, listConversations } from '../../data/read-conversations.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
import { explain } from '../../testing/explain.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

const PATH = '/api/v1/chat/conversations';

const list = (userId: string, query = '') => service.get(`${PATH}?userId=${userId}${query && `&${query}`}`);

type Entry = { id: string };
const idsOf = (entries: readonly Entry[]) => entries.map(({ id }) => id);

/** Makes so many conversations of two users in SQL, each with two messages; all of one moment. */
async function fill(prefix: string, users: readonly [string, string], count: number): Promise<void> {
  await stack.query('insert into chat_user (id) select unnest($1::text[]) on conflict do nothing', [users]);
  await stack.query(
    `insert into conversation (id, type, last_seq, version, updated_at)
     select $1 || n, 'GROUP', 2, 2, '2026-01-01' from generate_series(1, $2::int) n`,
    [prefix, count],
  );
  await stack.query(
    `insert into participant (conversation_id, user_id)
     select $1 || n, u from generate_series(1, $2::int) n, unnest($3::text[]) u`,
    [prefix, count, users],
  );
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content)
     select $1 || n || '-' || s, $1 || n, s, $3, 'TEXT', 'x' from generate_series(1, $2::int) n, generate_series(1, 2) s`,
    [prefix, count, users[0]],
  );
}

describe('the list of a user’s conversations', () => {
  test('has the newest activity first, with what is unread and the last message', async () => {
    const [first, second, third] = [
      await stack.createConversation(['ann', 'bob', 'cem']),
      await stack.createConversation(['bob', 'ann']),
      await stack.createConversation(['ann', 'cem']),
    ];
    await service.send(second, 'bob', 'one');
    await service.send(second, 'bob', 'two, @ann');
    await service.send(first, 'ann', 'mine');
    const { status, body } = await list('ann');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      nextCursor: null,
      conversations: [
        { id: first, role: 'OWNER', unreadCount: 0, unreadMentions: 0, lastReadSeq: 1, participantCount: 3 },
        { id: second, role: 'MEMBER', unreadCount: 2, unreadMentions: 1, lastReadSeq: 0, participantCount: 2 },
        { id: third, role: 'OWNER', unreadCount: 0, unreadMentions: 0, lastSeq: 0, lastMessage: null },
      ],
    });
    const [message] = (await service.read(second, 'ann', 'limit=1')).body.messages;
    expect(body.conversations[1]).toMatchObject({ lastMessage: message, participantIds: ['ann', 'bob'], version: 2 });
    await service.send(third, 'cem', 'news');
    expect(idsOf((await list('ann')).body.conversations)).toEqual([third, first, second]);
  });

  test('is empty for somebody who takes part in nothing, and has no conversation of others', async () => {
    await stack.createConversation(['gus', 'hal']);
    expect((await list('nobody')).body).toEqual({ conversations: [], nextCursor: null });
    const id = await stack.createConversation(['ida', 'gus']);
    expect(idsOf((await list('ida')).body.conversations)).toEqual([id]);
    await service.delete(`${PATH}/${id}/participants/ida?userId=ida`);
    expect((await list('ida')).body.conversations).toEqual([]);
  });

  test('names the first ten who joined, and counts all', async () => {
    const users = Array.from({ length: 12 }, (_, index) => `many-${index + 10}`);
    await stack.createConversation(users);
    expect((await list('many-15')).body.conversations).toMatchObject([
      { participantCount: 12, participantIds: users.slice(0, 10) },
    ]);
  });

  test('is led through by cursors, each conversation once, also those of one moment', async () => {
    await fill('page-', ['pam', 'paul'], 23);
    await stack.query(
      `update conversation set updated_at = updated_at + interval '1 ms' where id in ('page-5', 'page-7')`,
    );
    const seen: string[] = [];
    for (let query = 'limit=5'; query !== ''; ) {
      const { body } = await list('pam', query);
      seen.push(...idsOf(body.conversations));
      query = body.nextCursor === null ? '' : `limit=5&cursor=${body.nextCursor}`;
    }
    expect(seen.slice(0, 2)).toEqual(['page-7', 'page-5']);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('[1]').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('[-1,"x"]').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('[1e300,"x"]').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('[1,"\\u0000"]').toString('base64url')}`, 'cursor'],
    [`cursor=${'x'.repeat(1_001)}`, 'cursor'],
    ['offset=5', 'offset'],
  ])('with %s answers 400 that names %s', async (query, field) => {
    expectProblem(await list('ann', query), 400, 'invalid-request', [field]);
  });
});

describe('a page of the list', () => {
  test('is one statement, however long it is', async () => {
    await fill('one-', ['olga', 'otto'], 60);
    const database = openDatabase(parseServiceConfig(stack.environment).database, () => undefined);
    const execute = jest.spyOn(database.orm.em.getConnection(), 'execute');
    const page = await listConversations(database.orm, { userId: 'olga', limit: 50, after: undefined });
    expect([page.entries.length, execute.mock.calls.length]).toEqual([50, 1]);
    await database.close(5_000);
  });

  test('looks into the conversations of the page alone, each by an index', async () => {
    await fill('large-', ['lea', 'leo'], 5_000);
    await stack.query('vacuum analyze');
    const { nodes } = await explain(stack, buildListQuery({ userId: 'lea', limit: 10, after: undefined }));
    const onMessages = nodes.filter((node) => node['Relation Name'] === 'message');
    expect(onMessages.length).toBeGreaterThan(0);
    for (const node of onMessages) {
      expect(node['Node Type']).toMatch(/^Index (Only )?Scan$/);
      expect(Number(node['Actual Loops'])).toBeLessThanOrEqual(11);
      expect(Number(node['Actual Rows'])).toBeLessThanOrEqual(1);
    }
  });
});
