import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseServiceConfig } from '../config/config.ts';
import { expectProblem } from '../testing/expect-problem.ts';
import { type ExplainedPlan, explain, explainWithin } from '../testing/explain.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import { openDatabase } from './database.ts';
import { buildSearchByReading, buildSearchByWords, buildSearchOfOne, PREFER_READING } from './search-statements.ts';
import { runTransaction } from './transaction.ts';

const COUNT = 200_000;

let stack: StackUnderTest;
let service: RunningService;
let ids: string[];
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  ids = [];
  for (let number = 0; number < 20; number += 1)
    ids.push(await stack.createConversation([number % 2 ? 'ann' : 'cem', 'bob']));
  // In each message "common", in one of a hundred another of r0…, in one of 5,000 another of w0….
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content, created_at)
     select n::text, ($1::text[])[1 + n % 20], 1 + n / 20, 'bob', 'TEXT',
       'common lorem ipsum dolor sit amet w' || n % 5000 || ' r' || n / 20 % 100, timestamptz '2026-01-01' + make_interval(secs => n)
     from generate_series(0, $2::int - 1) n`,
    [ids, COUNT],
  );
  await stack.query('update conversation set last_seq = $2, version = $2 where id = any($1)', [ids, COUNT / 20]);
  await stack.query('vacuum analyze');
});
afterAll(() => stack?.stop());

const indexesOf = ({ nodes }: ExplainedPlan) => nodes.map((node) => node['Index Name']).filter(Boolean);

function expectNoScan({ nodes }: ExplainedPlan): void {
  const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'message');
  expect(scans).toEqual([]);
}

describe('among 200,000 messages', () => {
  const base = { userId: 'ann', limit: 20, after: undefined, conversationId: undefined };

  test('words are found by the GIN index, at the cost of what has them', async () => {
    const plan = await explain(stack, buildSearchByWords({ ...base, text: 'w17' }));
    expect(indexesOf(plan)).toContain('message_words');
    expectNoScan(plan);
    expect(plan.nodes.find((node) => node['Index Name'] === 'message_words')).toMatchObject({
      'Actual Rows': COUNT / 5_000,
    });
    expect(plan.blocks).toBeLessThan(300);
  });

  test('words in one conversation are found by the GIN index, frequent ones by reading it backwards', async () => {
    const rare = await explain(stack, buildSearchOfOne({ ...base, conversationId: ids[1], text: 'w1' }));
    expect(indexesOf(rare)).toContain('message_words');
    expectNoScan(rare);
    const frequent = await explain(stack, buildSearchOfOne({ ...base, conversationId: ids[1], text: 'common' }));
    expect(indexesOf(frequent)).toContain('message_conversation_seq');
    expect(frequent.blocks).toBeLessThan(100);
  });

  test('words of every message are found by reading each conversation backwards, a few messages each', async () => {
    const database = openDatabase(parseServiceConfig(stack.environment).database, () => undefined);
    const plan = await runTransaction(database.orm, async (run) => {
      await run(PREFER_READING);
      return explainWithin(run, buildSearchByReading({ ...base, text: 'common' }));
    });
    await database.close(5_000);
    const read = plan.nodes.find((node) => node['Index Name'] === 'message_conversation_seq');
    expect(read).toMatchObject({ 'Actual Loops': 10, 'Actual Rows': base.limit + 10 });
    expectNoScan(plan);
  });

  test('rare and frequent words come over HTTP, newest first, page by page', async () => {
    const newest = async (q: string, more = '') => {
      const { status, body } = await service.get(`/api/v1/chat/search?userId=ann&q=${q}&limit=3${more}`);
      expect(status).toBe(200);
      const numbers: number[] = body.results.map(({ message }: { message: { id: string } }) => Number(message.id));
      return { numbers, cursor: `&cursor=${body.nextCursor}` };
    };
    const frequent = await newest('common');
    expect(frequent.numbers).toEqual([COUNT - 1, COUNT - 3, COUNT - 5]);
    expect((await newest('common', frequent.cursor)).numbers).toEqual([COUNT - 7, COUNT - 9, COUNT - 11]);
    const rare = await newest('w17');
    expect(rare.numbers).toEqual([195_017, 190_017, 185_017]);
    expect((await newest('w17', rare.cursor)).numbers).toEqual([180_017, 175_017, 170_017]);
  });

  test('a search that takes longer than 2 s is ended and answered 422, and the connection goes on', async () => {
    const { Client } = (await import('pg')).default;
    const locker = new Client({ connectionString: String(stack.environment.DATABASE_URL_DIRECT) });
    await locker.connect();
    await locker.query('begin; lock table message in access exclusive mode');
    const ask = () => service.get(`/api/v1/chat/search?userId=ann&q=w17&conversationId=${ids[1]}`);
    const answer = await ask();
    await locker.end();
    expectProblem(answer, 422, 'search-too-broad', ['q']); // without the end it would be a 503, some time later
    expect((await ask()).status).toBe(200);
    expect(service.log.join()).not.toContain('connection error');
  });
});
