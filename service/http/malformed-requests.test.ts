import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

const CONVERSATIONS = '/api/v1/chat/conversations';
const MESSAGES = `${CONVERSATIONS}/conv-1/messages`;
const JSON_TYPE = 'Content-Type: application/json\r\n';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

/** Sends bytes that no client library would, and reads until the service closes the connection. */
async function ask(head: string, body = ''): Promise<{ status: number; text: string }> {
  const socket = connect(service.port, '127.0.0.1');
  socket.write(Buffer.from(`${head}\r\n${body}`, 'latin1'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
}

const askFor = (method: string, target: string) =>
  ask(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`);

const post = (headers: string, body: string) =>
  ask(`POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}`, body);

const postJson = (body: string) =>
  service.call({ method: 'POST', path: MESSAGES, headers: { 'Content-Type': 'application/json' }, body });

describe('a target that is malformed or unusual', () => {
  const targets = [
    ...['/%', '/%zz', '/%E0%A4%A', '//', '/\\', '/?', '/#', '*', '/;', 'nonsense', '/\u00fc', '/a\u0001b'],
    ...['http://[', 'http://[::1', 'http://x:99999999/', 'http:', 'https://user:pass@host/x', '//[', '/..//..'],
    ...['%', '%00', '%2F', '%2e%2e', '..%2f..%2fhealth', '%C3%28', '__proto__', '%ED%A0%80', '\u00ff'].map(
      (id) => `${CONVERSATIONS}/${id}/messages?userId=user-1`,
    ),
    ...['userId=%', 'userId=%FF', 'userId[]=a', 'userId=a&userId=b', '__proto__=a', 'userId=%EF%BF%BE', '&&&==='].map(
      (query) => `${MESSAGES}?${query}`,
    ),
    ...['limit=%D9%A3', 'limit=+5', 'limit=0x5', 'limit=1e1', 'limit=%205', 'limit=5%00', 'minVersion=-0'].map(
      (query) => `${MESSAGES}?userId=user-1&${query}`,
    ),
    `/${'a'.repeat(15_000)}`,
    `/${'a'.repeat(20_000)}`,
    `${MESSAGES}?${'a=1&'.repeat(3_000)}`,
  ];

  test.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'])(
    'is never answered with a 5xx, asked for by %s',
    async (method) => {
      const answers = await Promise.all(targets.map((target) => askFor(method, target)));
      const odd = targets.filter((_target, index) => !((answers[index]?.status ?? 500) < 500));
      expect(odd).toEqual([]);
    },
  );

  test('that is no URL is refused as such', async () => {
    const { status, text } = await askFor('GET', 'http://[');
    expect(status).toBe(400);
    expect(text).toContain('"errors":[{"field":"URL","expected":"a URL","found":"\\"http://[\\""');
  });

  test('with an encoded slash stays one id', async () => {
    const id = 'a/b?c#d';
    expectProblem(await service.read(id, 'user-1'), 404, 'conversation-not-found');
  });

  test('with a slash at its end, or in the form that proxies get, finds the same route', async () => {
    expect((await askFor('GET', '/health/live/')).status).toBe(200);
    expect((await askFor('GET', 'http://elsewhere/health/live')).status).toBe(200);
  });

  test('asked for by OPTIONS answers 405 that names the methods', async () => {
    const answer = await service.call({ method: 'OPTIONS', path: CONVERSATIONS });
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.allow).toContain('POST');
  });
});

describe('headers', () => {
  test.each([
    ['a header of 20,000 bytes', `X-A: ${'a'.repeat(20_000)}\r\n`, 431],
    ['3,000 headers', Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1\r\n`).join(''), 431],
    ['a control character', 'X-A: a\u0001b\r\n', 400],
    ['a length that is none', `${JSON_TYPE}Content-Length: abc\r\n`, 400],
    ['a negative length', `${JSON_TYPE}Content-Length: -1\r\n`, 400],
    ['two lengths', `${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n`, 400],
    ['a length and chunks', `${JSON_TYPE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n`, 400],
    ['an endless length', `${JSON_TYPE}Content-Length: 99999999999999999999\r\n`, 400],
    ['chunks that are none', `${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 400],
    ['an expectation that nobody meets', `${JSON_TYPE}Expect: miracles\r\nContent-Length: 2\r\n`, 417],
    ['bytes that are no ASCII', `X-Request-Id: \u00ff\r\n${JSON_TYPE}Content-Length: 2\r\n`, 400],
  ])('with %s are refused', async (_what, headers, status) => {
    expect((await post(headers, '{}')).status).toBe(status);
    expect((await service.get('/health/live')).status).toBe(200);
  });
});

test('an offer of another protocol than WebSocket, as some clients make to all, is let lie: the request is answered', async () => {
  const offer =
    'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
  expect((await ask(`GET /health/live HTTP/1.1\r\nHost: localhost\r\n${offer}`)).text).toContain('{"status":"ok"}');
  const body = '{"userId":"user-1","content":"x"}';
  const { status } = await ask(
    `POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\n${offer}${JSON_TYPE}Content-Length: ${body.length}\r\n`,
    body,
  );
  expect(status).toBe(201);
});

describe('a JSON body', () => {
  const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

  test('of any depth that fits is read and refused', async () => {
    expectProblem(await postJson(deep('[', ']', 30_000)), 400, 'invalid-request', ['body']);
    expectProblem(await postJson(deep('{"a":', '}', 10_000)), 400, 'invalid-request', ['userId', 'content', 'a']);
    const hidden = `{"userId":"user-1","content":${deep('[', ']', 30_000)}}`;
    expectProblem(await postJson(hidden), 400, 'invalid-request', ['content']);
  });

  test.each([
    ['__proto__ for the user', '{"__proto__":{"userId":"user-1"},"content":"x"}', ['userId', '__proto__']],
    ['__proto__ beside the user', '{"userId":"user-1","content":"x","__proto__":1}', ['__proto__']],
    ['constructor', '{"userId":"user-1","content":"x","constructor":{"prototype":{"a":1}}}', ['constructor']],
    ['numbers for texts', '{"userId":1,"content":1e999}', ['userId', 'content']],
    ['a lone surrogate', '{"userId":"\\ud800","content":"x"}', ['userId']],
    ['an object for a text', '{"userId":{"toString":"user-1"},"content":"x"}', ['userId']],
  ])('with %s is refused, and changes no prototype', async (_what, body, fields) => {
    expectProblem(await postJson(body), 400, 'invalid-request', fields);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test('of texts that look alike is kept as it is: nothing is normalized', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const id = await stack.createConversation([composed, decomposed]);
    expect((await service.send(id, decomposed, decomposed)).body.message).toMatchObject({
      userId: decomposed,
      content: decomposed,
    });
    expectProblem(await service.read(id, 'cafe'), 403, 'not-a-participant');
  });
});
