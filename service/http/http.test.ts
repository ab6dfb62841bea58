import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

const MESSAGES = '/api/v1/chat/conversations/conv-1/messages';
const CONVERSATIONS = '/api/v1/chat/conversations';
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('reading history', () => {
  test('of an unknown conversation answers 404', async () => {
    expectProblem(await service.read('nowhere', 'user-1'), 404, 'conversation-not-found');
  });

  test('by somebody who takes no part answers 403, from Postgres and from the cache alike', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    expectProblem(await service.read(id, 'user-3'), 403, 'not-a-participant');
    expect((await service.read(id, 'user-1')).body.fromCache).toBe(true);
    expectProblem(await service.read(id, 'user-3'), 403, 'not-a-participant');
    expectProblem(await service.read(id, 'user'), 403, 'not-a-participant');
    expectProblem(await service.read(id, 'user-1","user-2'), 403, 'not-a-participant');
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e1', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=1000001', 'offset'],
    ['offset=99999999999999999999', 'offset'],
    ['minVersion=x', 'minVersion'],
    ['minVersion=9007199254740993', 'minVersion'],
    ['limit=5&limit=6', 'limit'],
    ['minversion=4', 'minversion'],
    ['__proto__=4', '__proto__'],
  ])('with %s answers 400 that names %s', async (query, field) => {
    expectProblem(await service.read('conv-1', 'user-1', query), 400, 'invalid-request', [field]);
  });

  test('without userId, with a long one, or with control characters in it answers 400 that names userId', async () => {
    expectProblem(await service.get(MESSAGES), 400, 'invalid-request', ['userId']);
    expectProblem(await service.get(`${MESSAGES}?userId=`), 400, 'invalid-request', ['userId']);
    expectProblem(await service.get(`${MESSAGES}?userId=${'u'.repeat(129)}`), 400, 'invalid-request', ['userId']);
    expectProblem(await service.get(`${MESSAGES}?userId=user-1%00`), 400, 'invalid-request', ['userId']);
    expectProblem(await service.get(`${MESSAGES}?userId=user-1&userId=user-2`), 400, 'invalid-request', ['userId']);
  });

  test('with several faults tells them all', async () => {
    expectProblem(await service.get(`${MESSAGES}?limit=0&offset=x`), 400, 'invalid-request', [
      'userId',
      'limit',
      'offset',
    ]);
  });

  test('of an id that can be none answers 400, and of a path that is no UTF-8 no 5xx', async () => {
    expectProblem(await service.read('a\0b', 'user-1'), 400, 'invalid-request', ['conversationId']);
    expectProblem(await service.read('c'.repeat(129), 'user-1'), 400, 'invalid-request', ['conversationId']);
    const broken = await service.get('/api/v1/chat/conversations/%E0%A4%A/messages?userId=user-1');
    expect(broken.status).toBeGreaterThanOrEqual(400);
    expect(broken.status).toBeLessThan(500);
  });

  test('passes ids with quotes, colons, percent signs and other scripts through unharmed', async () => {
    for (const user of [`o'brien"; drop table message; --`, 'a:1:2', '100%', 'Ünïcødé 🙂', 'back\\slash', '?$1??']) {
      const id = await stack.createConversation([user, 'user-1']);
      expect((await service.send(id, user, `from ${user}`)).status).toBe(201);
      expect((await service.read(id, user)).body.messages[0]).toMatchObject({ userId: user, content: `from ${user}` });
      expect((await service.read(id, user)).body.fromCache).toBe(true);
    }
  });

  test('by HEAD answers the headers alone', async () => {
    const answer = await service.call({ method: 'HEAD', path: `${MESSAGES}?userId=user-1` });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

describe('sending', () => {
  const send = (body: unknown) => service.post(MESSAGES, body);

  test.each([
    ['no content', { userId: 'user-1' }, 'content'],
    ['empty content', { userId: 'user-1', content: '' }, 'content'],
    ['white space', { userId: 'user-1', content: ' \n\t ' }, 'content'],
    ['too much content', { userId: 'user-1', content: 'x'.repeat(10_001) }, 'content'],
    ['content that is a number', { userId: 'user-1', content: 5 }, 'content'],
    ['content that is an object', { userId: 'user-1', content: { $ne: null } }, 'content'],
    ['content with NUL', { userId: 'user-1', content: 'a\0b' }, 'content'],
    ['content with a lone surrogate', { userId: 'user-1', content: 'a\ud800b' }, 'content'],
    ['userId that is a list', { userId: ['user-1'], content: 'x' }, 'userId'],
    ['userId that is null', { userId: null, content: 'x' }, 'userId'],
    ['an unknown message type', { userId: 'user-1', content: 'x', messageType: 'VIDEO' }, 'messageType'],
    ['an unknown field', { userId: 'user-1', content: 'x', clientMessageID: '1' }, 'clientMessageID'],
    ['a list as the body', [1], 'body'],
    ['a string as the body', 'hello', 'body'],
    ['null as the body', null, 'body'],
  ])('%s answers 400 that names the field', async (_what, body, field) => {
    expectProblem(await send(body), 400, 'invalid-request', [field]);
  });

  test('a message of exactly 10,000 characters is taken, and comes back unchanged whatever is in it', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    const contents = ['x'.repeat(10_000), `'"\\\\;--?? $1 :a {b} %s \\' E'\\x41' 🙂\n\r\t\u2028`, ' kept as it is '];
    for (const content of contents) {
      const sent = await service.send(id, 'user-1', content);
      expect(sent).toMatchObject({ status: 201, body: { message: { content, messageType: 'TEXT' } } });
    }
    const page = await service.read(id, 'user-1');
    expect(page.body.messages.map(({ content }: { content: string }) => content)).toEqual(contents.toReversed());
    expect((await service.read(id, 'user-1')).body).toEqual({ ...page.body, fromCache: true });
  });

  test('to an unknown conversation answers 404, as a stranger 403, and changes nothing', async () => {
    expectProblem(await service.send('nowhere', 'user-1', 'x'), 404, 'conversation-not-found');
    const before = await service.read('conv-1', 'user-1');
    expectProblem(await service.send('conv-1', 'user-3', 'x'), 403, 'not-a-participant');
    expect((await service.read('conv-1', 'user-1')).body.version).toBe(before.body.version);
  });

  test('what is not JSON answers 400', async () => {
    for (const body of ['{"userId":', '', '{"a":1}}', Buffer.from([0x22, 0xff, 0x22])]) {
      expectProblem(
        await service.call({ method: 'POST', path: MESSAGES, headers: JSON_TYPE, body }),
        400,
        'invalid-json',
        ['body'],
      );
    }
  });

  test('another media type, charset or encoding answers 415', async () => {
    const body = '{"userId":"user-1","content":"x"}';
    for (const [field, headers] of [
      ['Content-Type', {}],
      ['Content-Type', { 'Content-Type': 'text/plain' }],
      ['Content-Type', { 'Content-Type': 'application/json; charset=latin1' }],
      ['Content-Encoding', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }],
    ] as const) {
      expectProblem(
        await service.call({ method: 'POST', path: MESSAGES, headers, body }),
        415,
        'unsupported-media-type',
        [field],
      );
    }
  });

  test('a body over 64 KiB answers 413 and closes the connection, announced or not', async () => {
    const body = JSON.stringify({ userId: 'user-1', content: 'x'.repeat(66_000) });
    for (const length of [{ 'Content-Length': String(body.length) }, { 'Transfer-Encoding': 'chunked' }]) {
      const headers = { ...JSON_TYPE, ...length };
      const answer = await service.call({ method: 'POST', path: MESSAGES, headers, body });
      expectProblem(answer, 413, 'body-too-large', ['body']);
      expect(answer.headers.connection).toBe('close');
    }
  });
});

describe('a request that breaks rules thousands of times', () => {
  test('is told the first 20, so that an answer is never many times as large as what was asked', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1]));
    const answer = await service.post(MESSAGES, body);
    expect({ status: answer.status, errors: answer.body.errors.length }).toEqual({ status: 400, errors: 20 });
    expect(answer.text.length).toBeLessThan(10_000);
  });
});

describe('the address alone', () => {
  test('answers an index whose every route exists and whose start works', async () => {
    const { status, body } = await service.get('/');
    expect({ status, name: body.name }).toEqual({ status: 200, name: 'chat-service' });
    for (const route of Object.keys(body.routes)) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await service.call({ method, path: path.replace('{id}', 'conv-1') });
      expect({ route, isKnown: ![404, 405].includes(answer.status) }).toEqual({ route, isKnown: true });
    }
    for (const part of ['live', 'ready', 'cache']) {
      expect((await service.get(`/api/v1/health/${part}`)).status).toBe(200);
    }
    expect((await service.get(body.start)).body.conversationId).toBe('conv-1');
  });
});

describe('making a conversation', () => {
  const make = (body: unknown) => service.post(CONVERSATIONS, body);

  test('of a group with new users answers 201, and its members can talk', async () => {
    const participantIds = ['ann', 'ben', 'cem'];
    const made = await make({ type: 'GROUP', participantIds, title: 'Lunch' });
    expect(made).toMatchObject({ status: 201, body: { type: 'GROUP', title: 'Lunch', participantIds, version: 0 } });
    expect((await service.send(made.body.id, 'cem', 'Pizza?')).status).toBe(201);
    expect((await service.read(made.body.id, 'ann')).body).toMatchObject({ version: 1, messages: [{ userId: 'cem' }] });
  });

  test('twice with the same users at once works for both', async () => {
    const users = Array.from({ length: 20 }, (_, index) => `crowd-${index}`);
    const made = await Promise.all(
      [users, users.toReversed(), users].map((participantIds) => make({ type: 'GROUP', participantIds })),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  test.each([
    ['no type', { participantIds: ['a', 'b'] }, ['type']],
    ['another type', { type: 'CHANNEL', participantIds: ['a', 'b'] }, ['type']],
    ['nobody', { type: 'GROUP' }, ['participantIds']],
    ['one participant', { type: 'GROUP', participantIds: ['a'] }, ['participantIds']],
    [
      '251 participants',
      { type: 'GROUP', participantIds: Array.from({ length: 251 }, (_, i) => `${i}`) },
      ['participantIds'],
    ],
    ['a text for the participants', { type: 'GROUP', participantIds: 'a' }, ['participantIds']],
    ['a participant who is a number', { type: 'GROUP', participantIds: ['a', 7] }, ['participantIds.1']],
    ['somebody twice', { type: 'GROUP', participantIds: ['a', 'b', 'a'] }, ['participantIds']],
    ['three in a direct one', { type: 'DIRECT_MESSAGE', participantIds: ['a', 'b', 'c'] }, ['participantIds']],
    [
      'an own id for a direct one',
      { type: 'DIRECT_MESSAGE', participantIds: ['a', 'b'], clientConversationId: 'x' },
      ['clientConversationId'],
    ],
    ['a maker who takes no part', { userId: 'c', type: 'GROUP', participantIds: ['a', 'b'] }, ['participantIds']],
    ['a titled direct one', { type: 'DIRECT_MESSAGE', participantIds: ['a', 'b'], title: 'x' }, ['title']],
    ['an empty title', { type: 'GROUP', participantIds: ['a', 'b'], title: ' ' }, ['title']],
    ['a long title', { type: 'GROUP', participantIds: ['a', 'b'], title: 'x'.repeat(201) }, ['title']],
  ])('with %s answers 400 that names the field', async (_what, body, fields) => {
    expectProblem(await make(body), 400, 'invalid-request', fields);
  });
});

describe('what no route is for', () => {
  test('an unknown path answers 404', async () => {
    for (const path of [
      '/api/v1/chat',
      '/api/v1/chat/conversations/conv-1/nothing',
      '//api/v1/health',
      '/api/v1/chat/conversations//messages',
    ]) {
      expectProblem(await service.get(path), 404, 'unknown-route');
    }
  });

  test('another method answers 405 and names those that would do', async () => {
    const answer = await service.call({ method: 'DELETE', path: MESSAGES });
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.allow?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    expectProblem(await service.call({ method: 'PUT', path: CONVERSATIONS }), 405, 'method-not-allowed');
  });

  test('bytes that are no HTTP are answered 400 and the service lives on', async () => {
    const socket = connect(service.port, '127.0.0.1').end('nonsense\r\n\r\n');
    const answer = await socket.reduce((text, chunk) => text + chunk, '');
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect((await service.get('/health/live')).status).toBe(200);
  });

  test('no answer tells of the program behind it', async () => {
    const { headers } = await service.get('/health/live');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });
});

describe('the id of a request', () => {
  test('is taken over when it can be one, and made otherwise', async () => {
    const ask = async (id: string) =>
      (await service.call({ method: 'GET', path: '/health/live', headers: { 'X-Request-Id': id } })).headers[
        'x-request-id'
      ];
    expect(await ask('trace-1.a_B')).toBe('trace-1.a_B');
    expect(await ask('x y')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await ask('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('health', () => {
  test('tells that all is well', async () => {
    expect((await service.get('/health/live')).body).toEqual({ status: 'ok' });
    expect(await service.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await service.get('/api/v1/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', ready: true, components: { postgres: { healthy: true }, redis: { healthy: true } } },
    });
  });
});
