import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildInsert } from '../../data/insert-message.ts';
import { buildKeysetQuery } from '../../data/keyset-page.ts';
import { buildOffsetQuery } from '../../data/offset-page.ts';
import type { Statement } from '../../data/statement.ts';
import { findBound } from '../../domain/keyset-page.ts';
import { type ExplainedPlan, explain } from '../../testing/explain.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
let id: string;
let empty: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  id = await stack.createConversation(['user-1', 'user-2']);
  empty = await stack.createConversation(['user-1', 'user-2']);
  await fill(id, 20);
});
afterAll(() => stack?.stop());

/** Puts messages 1 to `count` into an empty conversation. */
async function fill(conversationId: string, count: number): Promise<void> {
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content, client_message_id)
     select $1 || n, $1, n, 'user-1', 'TEXT', 'message ' || n, 'own-' || n from generate_series(1, $2::int) n`,
    [conversationId, count],
  );
  await stack.query('update conversation set last_seq = $2, version = $2 where id = $1', [conversationId, count]);
}

async function readAt(query: string, conversationId = id) {
  const { status, body } = await service.read(conversationId, 'user-1', query);
  expect(status).toBe(200);
  const seqs: number[] = body.messages.map(({ seq }: { seq: number }) => seq);
  return { seqs, hasOlder: body.hasOlder, hasNewer: body.hasNewer };
}

/** The whole numbers from `newest` down to `oldest`. */
function down(newest: number, oldest: number): number[] {
  return Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index);
}

const both = { hasOlder: true, hasNewer: true };
const onlyOlder = { hasOlder: true, hasNewer: false };
const onlyNewer = { hasOlder: false, hasNewer: true };
const neither = { hasOlder: false, hasNewer: false };

describe('a page at a place, newest first', () => {
  test.each([
    ['before=11&limit=5', down(10, 6), both],
    ['before=6&limit=5', down(5, 1), onlyNewer],
    ['before=3&limit=5', down(2, 1), onlyNewer],
    ['before=1&limit=5', [], onlyNewer],
    ['before=0&limit=5', [], onlyNewer],
    ['before=21&limit=5', down(20, 16), onlyOlder],
    ['before=9007199254740991&limit=5', down(20, 16), onlyOlder],
    ['before=9007199254740991', down(20, 1), neither],
    ['after=10&limit=5', down(15, 11), both],
    ['after=15&limit=5', down(20, 16), onlyOlder],
    ['after=18&limit=5', down(20, 19), onlyOlder],
    ['after=20&limit=5', [], onlyOlder],
    ['after=9007199254740991', [], onlyOlder],
    ['after=0&limit=5', down(5, 1), onlyNewer],
    ['after=0', down(20, 1), neither],
    ['around=10&limit=5', down(12, 8), both],
    ['around=10&limit=4', down(11, 8), both],
    ['around=10&limit=1', [10], both],
    ['around=1&limit=5', down(5, 1), onlyNewer],
    ['around=3&limit=5', down(5, 1), onlyNewer],
    ['around=4&limit=5', down(6, 2), both],
    ['around=18&limit=5', down(20, 16), onlyOlder],
    ['around=20&limit=5', down(20, 16), onlyOlder],
    ['around=9007199254740991&limit=5', down(20, 16), onlyOlder],
    ['around=7', down(20, 1), neither],
  ])('%s', async (query, seqs, surroundings) => {
    expect(await readAt(query)).toEqual({ seqs, ...surroundings });
  });

  test('of a conversation without messages is empty and has nothing next to it', async () => {
    for (const query of ['before=5', 'after=0', 'after=5', 'around=5']) {
      expect(await readAt(query, empty)).toEqual({ seqs: [], ...neither });
    }
  });

  test('tells which place, how it was read, and messages as offset pages tell them', async () => {
    const { body } = await service.read(id, 'user-1', 'before=11&limit=5');
    const offset = (await service.read(id, 'user-1', 'limit=5&offset=10')).body;
    expect(body).toEqual({
      conversationId: id,
      messages: offset.messages,
      version: 20,
      limit: 5,
      before: 11,
      ...both,
      fromCache: false,
    });
    expect((await service.read(id, 'user-1', 'before=11&limit=5')).body.fromCache).toBe(false);
  });

  test('leads through the whole conversation in both directions, each message once', async () => {
    const older: number[] = [];
    for (let before = 21, more = true; more; before = older.at(-1) as number) {
      const page = await readAt(`before=${before}&limit=3`);
      older.push(...page.seqs);
      more = page.hasOlder;
    }
    expect(older).toEqual(down(20, 1));
    const newer: number[] = [];
    for (let after = 0, more = true; more; after = newer[0] as number) {
      const page = await readAt(`after=${after}&limit=3`);
      newer.unshift(...page.seqs);
      more = page.hasNewer;
    }
    expect(newer).toEqual(down(20, 1));
  });

  test('has what was sent just before, whatever version was seen', async () => {
    const other = await stack.createConversation(['user-1', 'user-2']);
    for (let seq = 1; seq <= 5; seq += 1) {
      const { version } = (await service.send(other, 'user-1', 'news')).body;
      const query = `after=${seq - 1}&minVersion=${version}`;
      expect((await service.read(other, 'user-2', query)).body).toMatchObject({ version, messages: [{ seq }] });
    }
  });
});

describe('a page at a place is refused', () => {
  const fieldsOf = async (query: string) => {
    const { status, body } = await service.read(id, 'user-1', query);
    expect(status).toBe(400);
    return body.errors.map(({ field }: { field: string }) => field);
  };

  test.each([
    ['before=1&after=2', ['before', 'after']],
    ['before=1&around=2', ['before', 'around']],
    ['after=1&around=2&before=3', ['before', 'after', 'around']],
    ['offset=0&before=1', ['offset', 'before']],
    ['offset=5&around=1', ['offset', 'around']],
    ['before=x', ['before']],
    ['before=-1', ['before']],
    ['after=1.5', ['after']],
    ['after=', ['after']],
    ['around=0', ['around']],
    ['around=9007199254740993', ['around']],
    ['before=1&before=2', ['before']],
    ['before=5&limit=101', ['limit']],
  ])('%s with 400 that names %j', async (query, fields) => {
    expect(await fieldsOf(query)).toEqual(fields);
  });

  test('to strangers with 403, and with 404 where there is no conversation', async () => {
    for (const query of ['before=5', 'after=5', 'around=5']) {
      const refused = await service.read(id, 'user-3', query);
      expect([refused.status, refused.text.includes('message 4')]).toEqual([403, false]);
      expect((await service.read('nowhere', 'user-1', query)).status).toBe(404);
    }
  });
});

describe('in a conversation of 200,000 messages', () => {
  const COUNT = 200_000;
  const LIMIT = 50;
  let large: string;
  beforeAll(async () => {
    large = await stack.createConversation(['user-1', 'user-2']);
    await fill(large, COUNT);
    await stack.query('vacuum analyze message');
  });

  const messageNodes = ({ nodes }: ExplainedPlan) => nodes.filter((node) => node['Relation Name'] === 'message');

  /** Expects that a plan enters the index at the page and leaves it behind the page; answers how many blocks that touched. */
  async function expectRange(statement: Statement, condition: RegExp, rows = LIMIT): Promise<number> {
    const plan = await explain(stack, statement);
    for (const node of messageNodes(plan)) {
      expect(node).toMatchObject({
        'Node Type': expect.stringMatching(/^Index (Only )?Scan$/),
        'Index Name': 'message_conversation_seq',
      });
      expect(Number(node['Actual Rows'])).toBeLessThanOrEqual(LIMIT);
      expect(node).not.toHaveProperty('Rows Removed by Filter');
    }
    const range = messageNodes(plan).find((node) => node['Actual Rows'] === rows);
    expect(range?.['Index Cond']).toMatch(condition);
    expect(plan.nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    return plan.blocks;
  }

  /** Blocks touched, not the planner's estimate: a few of the table, and a few ways down an index. */
  function expectSameCost(blocks: readonly number[]): void {
    expect(Math.max(...blocks)).toBeLessThan(30);
    expect(Math.max(...blocks) - Math.min(...blocks)).toBeLessThan(5);
  }

  test.each(['older', 'newer'] as const)(
    'pages on the %s side are read through the index, at the same cost at any depth',
    async (side) => {
      const blocks: number[] = [];
      for (const seq of [1_000, COUNT / 4, COUNT / 2, COUNT - 1_000]) {
        const statement = buildKeysetQuery(large, 'user-1', { side, seq }, LIMIT);
        blocks.push(await expectRange(statement, /conversation_id.*seq [<>]/));
      }
      expectSameCost(blocks);
    },
  );

  test('pages around a seq are read through the index, at the same cost at any depth', async () => {
    const blocks: number[] = [];
    for (const around of [1, 1_000, COUNT / 2, COUNT]) {
      const statement = buildKeysetQuery(large, 'user-1', findBound({ around }, LIMIT), LIMIT);
      blocks.push(await expectRange(statement, /conversation_id.*seq < /));
    }
    expectSameCost(blocks);
  });

  test('pages by offset are read through the index, at the same cost at any depth', async () => {
    const blocks: number[] = [];
    for (const offset of [0, 1_000, COUNT / 2, COUNT - LIMIT - 1]) {
      const statement = buildOffsetQuery({ conversationId: large, limit: LIMIT, offset });
      blocks.push(await expectRange(statement, /conversation_id.*seq <= /));
    }
    expectSameCost(blocks);
  });

  test('a send with a client message id finds the first one through its index', async () => {
    const message = { id: 'never', conversationId: large, userId: 'user-1', content: 'message 7' } as const;
    const plan = await explain(stack, buildInsert({ ...message, messageType: 'TEXT', clientMessageId: 'own-7' }));
    const found = messageNodes(plan).filter((node) => node['Node Type'] === 'Index Scan');
    expect(found).toMatchObject([{ 'Index Name': 'message_client_message_id', 'Actual Rows': 1 }]);
    expect(plan.blocks).toBeLessThan(40);
  });

  test('pages come over HTTP from its middle as from its ends', async () => {
    expect((await readAt('around=100000&limit=3', large)).seqs).toEqual(down(100_001, 99_999));
    expect((await readAt('before=3', large)).seqs).toEqual(down(2, 1));
    expect((await readAt('after=199998', large)).seqs).toEqual(down(200_000, 199_999));
  });
});
