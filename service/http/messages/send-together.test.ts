import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

// Many sends at once, so that one statement stores several of them.

let stack: StackUnderTest;
let services: RunningService[];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
});
afterAll(() => stack?.stop());

const path = (id: string) => `/api/v1/chat/conversations/${id}/messages`;
const send = (index: number, id: string, body: Record<string, unknown>) =>
  (services[index % 2] as RunningService).post(path(id), { userId: 'user-1', ...body });

async function createConversations(count: number): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < count; index += 1)
    made.push(await stack.createConversation(['user-1', 'user-2', 'user-3']));
  return made;
}

/** What Postgres holds of a conversation. */
async function readAll(id: string) {
  const messages = await stack.query('select seq::int, content from message where conversation_id = $1 order by seq', [
    id,
  ]);
  const [ends] = await stack.query(
    `select c.last_seq::int, c.version::int, p.last_read_seq::int from conversation c
      join participant p on p.conversation_id = c.id and p.user_id = 'user-1' where c.id = $1`,
    [id],
  );
  return { messages, ends };
}

/** Statements that changed something, by both services. */
async function countStatements(): Promise<number> {
  const pages = services.map(async ({ metricsPort }) =>
    (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
  );
  const counts = (await Promise.all(pages)).map(
    (text) => /^db_statement_duration_seconds_count\{kind="write"\} (\d+)/m.exec(text)?.[1],
  );
  return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

test('what comes for many conversations while statements are under way is stored by few', async () => {
  const ids = await createConversations(60);
  const service = services[0] as RunningService;
  const before = await countStatements();
  stack.pgbouncer.suspend();
  const sends = Promise.all(ids.map((id) => send(0, id, { content: 'together' })));
  try {
    // Each answer comes behind what the service has read by then.
    for (let turn = 0; turn < 60; turn += 1) await service.get('/health/live');
  } finally {
    stack.pgbouncer.resume();
  }
  expect((await sends).every(({ status, body }) => status === 201 && body.version === 1)).toBe(true);
  expect((await countStatements()) - before).toBeLessThan(20);
});

test('conversations that grow at once through two services have no gaps, and each answer tells its own message', async () => {
  const ids = await createConversations(32);
  const sends = Array.from({ length: 320 }, async (_, index) => {
    const id = ids[index % ids.length] as string;
    const content = `quoted "${index}" \\ \n ü 😀 </script>`;
    const { status, body } = await send(index >> 5, id, { content });
    expect([status, body.message?.content, body.message?.conversationId]).toEqual([201, content, id]);
    return { id, seq: body.message.seq as number, version: body.version as number };
  });
  const sent = await Promise.all(sends);
  for (const id of ids) {
    const own = sent.filter((each) => each.id === id).toSorted((one, other) => one.seq - other.seq);
    const expected = Array.from({ length: 10 }, (_, index) => index + 1);
    expect(own.map(({ seq }) => seq)).toEqual(expected);
    expect(own.map(({ version }) => version)).toEqual(expected);
    const { messages, ends } = await readAll(id);
    expect(messages.map(({ seq }) => seq)).toEqual(expected);
    expect(ends).toEqual({ last_seq: 10, version: 10, last_read_seq: 10 });
  }
});

test('a message that is sent many times at once, among others, is stored once and answered the same', async () => {
  const ids = await createConversations(6);
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, index) => {
      const id = ids[index % ids.length] as string;
      return send(index, id, { content: 'once', clientMessageId: 'the-same' });
    }),
  );
  for (const id of ids) {
    const own = answers.filter(({ body }) => body.message?.conversationId === id);
    expect(own).toHaveLength(20);
    expect(own.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(own.map(({ body }) => body.message.id)).size).toBe(1);
    expect((await readAll(id)).ends).toEqual({ last_seq: 1, version: 1, last_read_seq: 1 });
  }
});

test('what is refused harms nothing that is sent with it', async () => {
  const ids = await createConversations(5);
  const kinds = [
    { body: { content: 'fine' }, status: 201 },
    { body: { content: 'not mine', userId: 'nobody' }, status: 403 },
    { body: { content: 'other words', clientMessageId: 'taken' }, status: 409 },
    { body: { content: 'for @user-2' }, status: 201 },
    { body: { content: 'to nothing', messageType: 'REPLY', replyToId: 'nothing' }, status: 404 },
  ];
  for (const id of ids) await send(0, id, { content: 'first words', clientMessageId: 'taken' });
  const answers = await Promise.all(
    Array.from({ length: 150 }, async (_, index) => {
      const kind = kinds[index % kinds.length] as (typeof kinds)[number];
      const id = ids[Math.floor(index / kinds.length) % ids.length] as string;
      const { status } = await send(0, id, kind.body);
      return [status, kind.status];
    }),
  );
  expect(answers.filter(([found, expected]) => found !== expected)).toEqual([]);
  const missing = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      send(0, index % 2 === 0 ? 'nowhere' : (ids[0] as string), { content: 'x' }),
    ),
  );
  expect(missing.map(({ status }) => status)).toEqual(missing.map((_, index) => (index % 2 === 0 ? 404 : 201)));
  for (const id of ids.slice(1)) expect((await readAll(id)).ends).toMatchObject({ last_seq: 13, version: 13 });
});

test('a conversation that somebody has locked holds up no other one', async () => {
  const [locked, ...others] = (await createConversations(13)) as [string, ...string[]];
  const client = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
  await client.connect();
  await client.query('begin');
  await client.query('select from conversation where id = $1 for update', [locked]);
  let isDone = false;
  const held = send(0, locked, { content: 'waits' }).then((answer) => {
    isDone = true;
    return answer;
  });
  try {
    const answers = await Promise.all(
      Array.from({ length: 48 }, (_, index) => send(0, others[index % 12] as string, { content: 'goes' })),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(isDone).toBe(false);
  } finally {
    await client.end();
  }
  expect((await held).status).toBe(201);
});
