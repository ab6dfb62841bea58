import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/caller.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
let id: string;
let round = 0;
let ann: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  ann = `ann-${++round}`; // who has no conversation yet
  id = await stack.createConversation([ann, 'bob']);
});

const search = (userId: string, q: string, more = '') =>
  service.get(`/api/v1/chat/search?userId=${userId}&q=${encodeURIComponent(q)}${more}`);

const searchHere = (userId: string, q: string, more = '') =>
  service.get(`/api/v1/chat/conversations/${id}/search?userId=${userId}&q=${encodeURIComponent(q)}${more}`);

type Result = { message: { content: string }; snippet: { text: string; isMatch: boolean }[] };
const contentsOf = (body: { results: Result[] }) => body.results.map(({ message }) => message.content);

/** What is on all pages of five. */
async function followCursors(ask: (more: string) => Promise<Answer>): Promise<string[]> {
  const seen: string[] = [];
  for (let more = '&limit=5'; more !== ''; ) {
    const { body } = await ask(more);
    seen.push(...contentsOf(body));
    more = body.nextCursor === null ? '' : `&limit=5&cursor=${body.nextCursor}`;
  }
  return seen;
}

async function sendAll(contents: readonly string[], conversationId = id): Promise<void> {
  for (const content of contents) await service.send(conversationId, 'bob', content);
}

describe('a search', () => {
  test('finds words of any case in all conversations of the user, newest first', async () => {
    await sendAll(['The Pizza is here', 'no such thing']);
    const other = await stack.createConversation([ann, 'bob']);
    await sendAll(['pizza again?'], other);
    const { status, body } = await search(ann, 'PIZZA');
    expect(status).toBe(200);
    expect(contentsOf(body)).toEqual(['pizza again?', 'The Pizza is here']);
    expect(body.nextCursor).toBeNull();
    const [message] = (await service.read(other, ann)).body.messages;
    expect(body.results[0].message).toEqual(message);
  });

  test('finds nothing in conversations of others, or of which the user is no longer part', async () => {
    const other = await stack.createConversation(['eve', 'bob']);
    await sendAll(['secret pineapple'], other);
    expect((await search(ann, 'pineapple')).body.results).toEqual([]);
    expect((await search('eve', 'pineapple')).body.results).toHaveLength(1);
    await service.delete(`/api/v1/chat/conversations/${other}/participants/eve?userId=eve`);
    expect((await search('eve', 'pineapple')).body.results).toEqual([]);
  });

  test('in one conversation finds what is there, by either route', async () => {
    const other = await stack.createConversation([ann, 'bob']);
    await sendAll(['apple one', 'apple two']);
    await sendAll(['apple three'], other);
    expect(contentsOf((await searchHere(ann, 'apple')).body)).toEqual(['apple two', 'apple one']);
    expect((await search(ann, 'apple', `&conversationId=${id}`)).body).toEqual((await searchHere(ann, 'apple')).body);
  });

  test('in one conversation is a participant’s: strangers 403, no such conversation 404', async () => {
    await sendAll(['apple']);
    expectProblem(await searchHere('eve', 'apple'), 403, 'not-a-participant');
    expectProblem(await search('eve', 'apple', `&conversationId=${id}`), 403, 'not-a-participant');
    id = 'nowhere';
    expectProblem(await searchHere(ann, 'apple'), 404, 'conversation-not-found');
  });

  test('understands phrases, alternatives and exclusions', async () => {
    await sendAll(['red fish', 'blue fish', 'fish that is red', 'bird']);
    expect(contentsOf((await search(ann, '"red fish"')).body)).toEqual(['red fish']);
    expect(contentsOf((await search(ann, 'fish -blue')).body)).toEqual(['fish that is red', 'red fish']);
    expect(contentsOf((await search(ann, 'bird or blue')).body)).toEqual(['bird', 'blue fish']);
  });

  test.each(['-fish', '!!!', '"', '🙂', `'; drop table message; --`, '\\', '? ?? $1', '<->', 'a & | ! b:*'])(
    'of %j has an answer',
    async (q) => {
      await sendAll(['fish']);
      expect(await search(ann, q)).toMatchObject({ status: 200, body: { results: [] } });
      expect(await searchHere(ann, q)).toMatchObject({ status: 200, body: { results: [] } });
    },
  );

  test('does not find what was deleted, and finds what was edited by its words of now', async () => {
    await sendAll(['melon one', 'melon two']);
    const [second, first] = (await service.read(id, ann)).body.messages;
    const messages = `/api/v1/chat/conversations/${id}/messages`;
    await service.delete(`${messages}/${second.id}?userId=bob`);
    await service.patch(`${messages}/${first.id}`, { userId: 'bob', content: 'cherry' });
    expect((await search(ann, 'melon')).body.results).toEqual([]);
    expect(contentsOf((await search(ann, 'cherry')).body)).toEqual(['cherry']);
  });

  test('is led through by cursors, each message once, also those of one moment', async () => {
    const other = await stack.createConversation([ann, 'bob']);
    for (let number = 1; number <= 12; number += 1) await sendAll([`kiwi ${number}`], number % 3 ? id : other);
    await stack.query(`update message set created_at = '2026-01-01' where content like 'kiwi%'`);
    for (const [ask, count] of [
      [search, 12],
      [searchHere, 8],
    ] as const) {
      const seen = await followCursors((more) => ask(ann, 'kiwi', more));
      expect([seen.length, new Set(seen).size]).toEqual([count, count]);
    }
  });

  test.each([
    ['q=', 'q'],
    ['q=%20', 'q'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['q=a%00', 'q'],
    ['', 'q'],
    ['q=a&limit=0', 'limit'],
    ['q=a&limit=51', 'limit'],
    ['q=a&cursor=x', 'cursor'],
    ['q=a&conversationId=', 'conversationId'],
    ['q=a&q=b', 'q'],
    ['q=a&offset=1', 'offset'],
  ])('with %s answers 400 that names %s', async (query, field) => {
    expectProblem(await service.get(`/api/v1/chat/search?userId=ann&${query}`), 400, 'invalid-request', [field]);
  });
});

describe('a snippet', () => {
  const snippet = async (q: string): Promise<Result['snippet']> => (await search(ann, q)).body.results[0].snippet;

  test('tells which words were found, in parts that make up an excerpt', async () => {
    await sendAll(['We had figs and more figs for lunch']);
    expect(await snippet('figs lunch')).toEqual([
      { text: 'We had ', isMatch: false },
      { text: 'figs', isMatch: true },
      { text: ' and more ', isMatch: false },
      { text: 'figs', isMatch: true },
      { text: ' for ', isMatch: false },
      { text: 'lunch', isMatch: true },
    ]);
  });

  test('carries no HTML, and no marks but its own', async () => {
    await sendAll(['<script>alert(1)</script> <img src=x onerror=alert(2)> plum \ue000not found\ue001 &lt;b&gt;']);
    const parts = await snippet('plum');
    expect(JSON.stringify(parts)).not.toMatch(/[<>\ue000\ue001]/);
    expect(parts.filter(({ isMatch }) => isMatch)).toEqual([{ text: 'plum', isMatch: true }]);
  });

  test('is short, however long the message', async () => {
    await sendAll([`${'lorem ipsum '.repeat(300)} date ${'🙂'.repeat(1_000)}`, `fig ${'y'.repeat(5_000)}`]);
    for (const q of ['date', 'fig']) {
      const text = (await snippet(q)).map((part) => part.text).join('');
      expect(text).toContain(q);
      expect(text.length).toBeLessThanOrEqual(400);
      expect(text.isWellFormed()).toBe(true);
    }
  });
});
