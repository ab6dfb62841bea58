import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createChatClient } from './chat-client.ts';
import { ProblemError, UnexpectedAnswerError, UnreachableError } from './errors.ts';

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; silent?: boolean };
type Asked = {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
  authorization: string | undefined;
};

const message = {
  id: 'message-1',
  conversationId: 'conv-1',
  seq: 1,
  userId: 'user-1',
  content: 'hello',
  messageType: 'TEXT',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const page = (version: number): Answer => ({ body: { messages: [message], fromCache: false, version } });
const unavailable: Answer = {
  status: 503,
  headers: { 'retry-after': '0', 'content-type': 'application/problem+json' },
  body: { type: 'urn:chatstack:unavailable', title: 'Unavailable', status: 503, detail: 'Postgres is away' },
};

let server: Server | undefined;

/** A server on a free port that gives these answers in turn (the last one for ever) and writes down what it was asked. */
async function serve(...answers: Answer[]): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const query = Object.fromEntries(url.searchParams);
    const { method = '', headers } = request;
    const { authorization } = headers;
    asked.push({ method, path: url.pathname, query, body: await readBody(request), authorization });
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? {};
    if (answer.silent) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts = await request.toArray();
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString());
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => expect(answer).toBe('a failure'),
    (error: unknown) => error,
  );
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

describe('the client asks', () => {
  test('for a page with its user, limit and offset', async () => {
    const { baseUrl, asked } = await serve(page(4));
    const client = createChatClient({ baseUrl });
    const answer = await client.history({ conversationId: 'a/b?c', userId: 'user-1', limit: 5, offset: 10 });
    expect(answer).toEqual({ messages: [message], fromCache: false, version: 4 });
    expect(asked[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/chat/conversations/a%2Fb%3Fc/messages',
      query: { userId: 'user-1', limit: '5', offset: '10' },
    });
  });

  test('with the user of its settings where the call names none', async () => {
    const { baseUrl, asked } = await serve({ status: 201, body: { message, version: 5 } });
    await createChatClient({ baseUrl, userId: 'user-2' }).send({ conversationId: 'conv-1', content: 'hello' });
    expect(asked[0]?.body).toMatchObject({ userId: 'user-2', content: 'hello', messageType: 'TEXT' });
  });

  test('under another clientMessageId for each send, or the one that the call names', async () => {
    const { baseUrl, asked } = await serve({ status: 201, body: { message, version: 5 } });
    const client = createChatClient({ baseUrl, userId: 'u' });
    for (const more of [{}, {}, { clientMessageId: 'mine' }]) {
      await client.send({ conversationId: 'c', content: 'hello', ...more });
    }
    const ids = asked.map(({ body }) => (body as { clientMessageId: string }).clientMessageId);
    expect([new Set(ids).size, ids[2]]).toEqual([3, 'mine']);
  });

  test('for the messages before, after or around a seq', async () => {
    const near = { messages: [message], hasOlder: true, hasNewer: false, fromCache: false, version: 4 };
    const { baseUrl, asked } = await serve({ body: near });
    const client = createChatClient({ baseUrl, userId: 'u' });
    expect(await client.historyAt({ conversationId: 'c', before: 9, limit: 5 })).toEqual(near);
    await client.historyAt({ conversationId: 'c', after: 0 });
    await client.historyAt({ conversationId: 'c', around: 3 });
    expect(asked.map(({ query }) => query)).toEqual([
      { userId: 'u', before: '9', limit: '5' },
      { userId: 'u', after: '0', minVersion: '4' },
      { userId: 'u', around: '3', minVersion: '4' },
    ]);
  });

  test('for a new conversation', async () => {
    const { baseUrl, asked } = await serve({ status: 201, body: { id: 'conv-2' } });
    const request = { type: 'GROUP' as const, participantIds: ['user-1', 'user-2'], title: 'Plans' };
    expect(await createChatClient({ baseUrl }).createConversation(request)).toEqual({ id: 'conv-2' });
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/chat/conversations', body: request });
  });

  test('and says so when nobody is asking', async () => {
    const { baseUrl } = await serve(page(1));
    const failure = await failureOf(createChatClient({ baseUrl }).history({ conversationId: 'conv-1' }));
    expect((failure as Error).message).toContain('expected a userId');
  });

  test('only web addresses', () => {
    for (const baseUrl of ['localhost:3001', 'ftp://localhost', '', '/api']) {
      expect(() => createChatClient({ baseUrl })).toThrow(/expected the URL of a chat service .* found/);
    }
  });
});

describe('the client remembers the version it has seen', () => {
  test('of a page, and asks for no older one', async () => {
    const { baseUrl, asked } = await serve(page(7));
    const client = createChatClient({ baseUrl, userId: 'user-1' });
    await client.history({ conversationId: 'conv-1' });
    await client.history({ conversationId: 'conv-1' });
    await client.history({ conversationId: 'conv-2' });
    expect(asked.map(({ query }) => query.minVersion)).toEqual([undefined, '7', undefined]);
  });

  test('of its own send: the next read has it', async () => {
    const { baseUrl, asked } = await serve({ status: 201, body: { message, version: 9 } }, page(9));
    const client = createChatClient({ baseUrl, userId: 'user-1' });
    await client.send({ conversationId: 'conv-1', content: 'hello' });
    await client.history({ conversationId: 'conv-1' });
    expect(asked[1]?.query.minVersion).toBe('9');
  });

  test('and never goes back to an older one', async () => {
    const { baseUrl, asked } = await serve(page(7), page(6), page(7));
    const client = createChatClient({ baseUrl, userId: 'user-1' });
    for (let read = 0; read < 3; read += 1) await client.history({ conversationId: 'conv-1' });
    expect(asked[2]?.query.minVersion).toBe('7');
  });

  test('unless it is told not to', async () => {
    const { baseUrl, asked } = await serve(page(7));
    const client = createChatClient({ baseUrl, userId: 'user-1', readYourWrites: false });
    await client.history({ conversationId: 'conv-1' });
    await client.history({ conversationId: 'conv-1' });
    expect(asked[1]?.query).not.toHaveProperty('minVersion');
  });
});

describe('a refusal', () => {
  test('carries the problem document and names the fields', async () => {
    const { baseUrl, asked } = await serve({
      status: 400,
      body: {
        type: 'urn:chatstack:invalid',
        title: 'Invalid request',
        detail: 'The request is not valid',
        errors: [{ field: 'limit', detail: 'expected 1 to 100, found 101' }],
      },
    });
    const failure = await failureOf(createChatClient({ baseUrl, userId: 'u' }).history({ conversationId: 'c' }));
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({
      status: 400,
      type: 'urn:chatstack:invalid',
      detail: 'The request is not valid',
      errors: [{ field: 'limit', detail: 'expected 1 to 100, found 101' }],
    });
    expect((failure as Error).message).toContain('limit: expected 1 to 100, found 101');
    expect(asked).toHaveLength(1);
  });

  test('without a problem document keeps what was said', async () => {
    const { baseUrl } = await serve({ status: 502, body: '<h1>Bad Gateway</h1>' });
    const failure = await failureOf(createChatClient({ baseUrl }).health());
    expect(failure).toMatchObject({ status: 502, type: 'about:blank', detail: '<h1>Bad Gateway</h1>' });
  });

  test('by 503 with Retry-After is asked again, for a send as well', async () => {
    const { baseUrl, asked } = await serve(unavailable, unavailable, { status: 201, body: { message, version: 2 } });
    const sent = await createChatClient({ baseUrl, userId: 'u' }).send({ conversationId: 'c', content: 'hello' });
    expect(sent.version).toBe(2);
    expect(asked).toHaveLength(3);
  });

  test('that goes on is reported after the last try', async () => {
    const { baseUrl, asked } = await serve(unavailable);
    const failure = await failureOf(createChatClient({ baseUrl, userId: 'u' }).history({ conversationId: 'c' }));
    expect(failure).toMatchObject({ status: 503, detail: 'Postgres is away', retryAfterSeconds: 0 });
    expect(asked).toHaveLength(5);
  });

  test('that asks for a longer wait than the client allows is reported at once', async () => {
    const { baseUrl, asked } = await serve({ ...unavailable, headers: { 'retry-after': '3600' } });
    const failure = await failureOf(createChatClient({ baseUrl, userId: 'u' }).history({ conversationId: 'c' }));
    expect(failure).toMatchObject({ status: 503, retryAfterSeconds: 3600 });
    expect(asked).toHaveLength(1);
  });
});

describe('no answer', () => {
  test('has a new group made under the same clientConversationId, so that there is one', async () => {
    const { baseUrl, asked } = await serve({ silent: true }, { status: 201, body: { id: 'conv-2', version: 0 } });
    const client = createChatClient({ baseUrl, timeoutMs: 1_000 });
    await client.createConversation({ type: 'GROUP', participantIds: ['a', 'b'] });
    expect(asked).toHaveLength(2);
    expect(asked[1]?.body).toEqual(asked[0]?.body);
    expect(asked[0]?.body).toHaveProperty('clientConversationId', expect.stringMatching(/^[0-9a-f-]{36}$/));
  });

  test.each([
    ['within the time limit', { silent: true }],
    ['but one of a proxy that got none', { status: 504, body: '<h1>Gateway Timeout</h1>' }],
    ['but 503 without Retry-After', { status: 503 }],
  ])('%s has a send tried again under the same clientMessageId', async (_what, answer) => {
    const { baseUrl, asked } = await serve(answer, { body: { message, version: 2 } });
    const client = createChatClient({ baseUrl, userId: 'u', timeoutMs: 1_000 });
    expect((await client.send({ conversationId: 'c', content: 'hello' })).version).toBe(2);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.body).toEqual(asked[0]?.body);
    expect(asked[0]?.body).toHaveProperty('clientMessageId', expect.stringMatching(/^[0-9a-f-]{36}$/));
  });

  test('after the last try of a send is reported', async () => {
    const { baseUrl, asked } = await serve({ silent: true });
    const client = createChatClient({ baseUrl, userId: 'u', timeoutMs: 1_000 });
    const failure = await failureOf(client.send({ conversationId: 'c', content: 'hello', clientMessageId: 'mine' }));
    expect(failure).toBeInstanceOf(UnreachableError);
    expect(asked.map(({ body }) => body)).toMatchObject(Array(5).fill({ clientMessageId: 'mine' }));
  });

  test('is asked for again by a read', async () => {
    const { baseUrl, asked } = await serve({ silent: true }, page(3));
    const client = createChatClient({ baseUrl, userId: 'u', timeoutMs: 1_000 });
    expect((await client.history({ conversationId: 'c' })).version).toBe(3);
    expect(asked).toHaveLength(2);
  });

  test('because nothing listens names the reason', async () => {
    const { baseUrl } = await serve();
    await new Promise((resolve) => server?.close(resolve));
    const client = createChatClient({ baseUrl, retry: { attempts: 1, longestWaitMs: 0 } });
    const failure = await failureOf(client.health());
    expect(failure).toBeInstanceOf(UnreachableError);
    expect((failure as Error).message).toContain('ECONNREFUSED');
  });

  test('is waited for no longer than the signal allows', async () => {
    const { baseUrl, asked } = await serve({ ...unavailable, headers: { 'retry-after': '5' } });
    const stop = new AbortController();
    const call = createChatClient({ baseUrl, signal: stop.signal, userId: 'u' }).history({ conversationId: 'c' });
    const failure = failureOf(call);
    server?.once('request', (_, response) => response.once('finish', () => stop.abort()));
    expect(await failure).toBeInstanceOf(Error);
    expect(asked).toHaveLength(1);
  });
});

describe('a token', () => {
  const authorizations = (asked: Asked[]) => asked.map(({ authorization }) => authorization);

  test('is sent with each request, and says who asks', async () => {
    const { baseUrl, asked } = await serve(page(1));
    await createChatClient({ baseUrl, token: 'mine' }).history({ conversationId: 'c' });
    expect(asked[0]).toMatchObject({ authorization: 'Bearer mine', query: {} });
  });

  test('that is refused is renewed once where it can be', async () => {
    const refused = { status: 401, body: { title: 'expired' } };
    const { baseUrl, asked } = await serve(refused, page(1), refused);
    let count = 0;
    const client = createChatClient({ baseUrl, token: async () => `token-${++count}` });
    expect((await client.history({ conversationId: 'c' })).version).toBe(1);
    expect(await failureOf(client.history({ conversationId: 'c' }))).toMatchObject({ status: 401 });
    expect(authorizations(asked)).toEqual([1, 2, 3, 4].map((number) => `Bearer token-${number}`));
    expect(await failureOf(createChatClient({ baseUrl, token: 'x' }).history({ conversationId: 'c' }))).toBeInstanceOf(
      ProblemError,
    );
    expect(asked).toHaveLength(5);
  });
});

test('each answered call is told with its tries and its time', async () => {
  const { baseUrl } = await serve(unavailable, page(1));
  const told: unknown[] = [];
  const client = createChatClient({ baseUrl, userId: 'u', onAnswer: (answered) => told.push(answered) });
  const answer = await client.history({ conversationId: 'c' });
  expect(told).toEqual([{ operation: 'readHistory', tries: 2, milliseconds: expect.any(Number), answer }]);
});

describe('health', () => {
  test('of a cache that is away is an answer, not a failure', async () => {
    const away = { healthy: false, metrics: { hits: 1, misses: 2 } };
    const { baseUrl } = await serve({ status: 503, body: away });
    expect(await createChatClient({ baseUrl }).cacheHealth()).toEqual(away);
  });

  test('of another program is told apart', async () => {
    const { baseUrl } = await serve({ headers: { 'content-type': 'text/html' }, body: '<p>It works!</p>' });
    const failure = await failureOf(createChatClient({ baseUrl }).health());
    expect(failure).toBeInstanceOf(UnexpectedAnswerError);
    expect((failure as Error).message).toContain('expected JSON, found text/html');
  });

  test('JSON of another program is not taken for a page', async () => {
    const { baseUrl } = await serve({ body: { hello: 'world' } });
    const failure = await failureOf(createChatClient({ baseUrl, userId: 'u' }).history({ conversationId: 'c' }));
    expect((failure as Error).message).toContain('expected a page of messages, found {"hello":"world"}');
  });
});
