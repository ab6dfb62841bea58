import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import { createLogger } from './logger.ts';

const SECRET = 'what-ann-wrote-to-ben';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start({ LOG_LEVEL: 'trace', LOG_REQUESTS: 'all' });
});
afterAll(() => stack?.stop());

const lineOf = (requestId: unknown, message?: string) =>
  service.log
    .map((text) => JSON.parse(text))
    .find((line) => line.requestId === requestId && (message === undefined || line.msg === message));

describe('the log of a service', () => {
  test('tells a statement that Postgres refused without the row that Postgres quotes', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    await stack.query(`alter table message add constraint no_secret check (content not like '%${SECRET}%')`);
    const answer = await service.send(id, 'user-1', `it is ${SECRET}`);
    await stack.query('alter table message drop constraint no_secret');
    expect([answer.status, answer.text.includes(SECRET)]).toEqual([500, false]);
    expect(lineOf(answer.body.requestId, 'answered')).toMatchObject({ status: 500, level: 30 });
    expect(lineOf(answer.body.requestId)).toMatchObject({
      level: 50,
      err: {
        message: 'Postgres refused a statement (SQLSTATE 23514)',
        schema: { table: 'message', constraint: 'no_secret' },
        stack: expect.stringContaining('message-repository.ts'),
      },
    });
    expect(service.log.join('')).not.toContain(SECRET);
  });

  test('tells a write of the ORM that failed without its values', async () => {
    await stack.query(`alter table conversation add constraint no_secret check (title not like '%${SECRET}%')`);
    const body = { type: 'GROUP', participantIds: ['user-1', 'user-2'], title: SECRET };
    const answer = await service.post('/api/v1/chat/conversations', body);
    await stack.query('alter table conversation drop constraint no_secret');
    expect([answer.status, answer.text.includes(SECRET)]).toEqual([500, false]);
    expect(lineOf(answer.body.requestId)).toMatchObject({ level: 50, err: { code: '23514' } });
    expect(service.log.join('')).not.toContain(SECRET);
  });

  test('tells that Postgres is away without statement and values', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    await stack.pgbouncer.kill();
    const sent = await service.send(id, 'user-1', SECRET);
    const made = await service.post('/api/v1/chat/conversations', {
      type: 'GROUP',
      participantIds: ['user-1', 'user-2'],
      title: SECRET,
    });
    await stack.pgbouncer.restart();
    expect([sent.status, made.status]).toEqual([503, 503]);
    expect(lineOf(sent.body.requestId)).toMatchObject({ level: 40, reason: expect.stringMatching(/ECONN|terminated/) });
    expect(service.log.join('')).not.toContain(SECRET);
  });

  test('has no header, no cookie, no query, no path and no user, at any level', async () => {
    const headers = {
      Authorization: `Bearer ${TOKEN}`,
      Cookie: `session=${SECRET}`,
      'X-Forwarded-For': SECRET,
      'User-Agent': SECRET,
    };
    const query = `userId=${SECRET}&access_token=${TOKEN}`;
    for (const path of [`/api/v1/chat/conversations/${SECRET}/messages?${query}`, `/${SECRET}?${query}`]) {
      const answer = await service.call({ method: 'GET', path, headers });
      expect(lineOf(answer.headers['x-request-id'])).toMatchObject({ method: 'GET', level: 30, msg: 'answered' });
    }
    await service.call({
      method: 'POST',
      path: '/api/v1/chat/conversations/conv-1/messages',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: `{"userId":"user-1","content":"${SECRET}`,
    });
    expect(service.log.join('')).not.toMatch(new RegExp(`${SECRET}|eyJ`));
  });

  test('takes no id of a request that could forge a line', async () => {
    const forged = 'x","level":10,"msg":"forged';
    const answer = await service.call({ method: 'GET', path: '/', headers: { 'X-Request-Id': forged } });
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(service.log.join('')).not.toContain('forged');
  });
});

describe('which requests are logged', () => {
  test('at level info: those that failed, and no others', async () => {
    const quiet = await stack.start();
    const log = () =>
      quiet.log.map((text) => JSON.parse(text)).filter(({ msg, level }) => msg === 'answered' && level >= 30);
    await quiet.read('conv-1', 'user-1');
    await quiet.read('nowhere', 'user-1');
    expect(log()).toEqual([]);
    await stack.query('alter table message rename to hidden_message');
    await quiet.read('conv-1', 'user-1', 'limit=7');
    await stack.query('alter table hidden_message rename to message');
    expect(log()).toMatchObject([{ method: 'GET', status: 500, route: '/api/v1/chat/conversations/:id/messages' }]);
    expect(log()[0].seconds).toBeGreaterThan(0);
  });

  test('at level info: those that took a second', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    await stack.query(`create function slow() returns trigger language plpgsql as
      $$ begin perform pg_sleep(1.1); return new; end $$`);
    await stack.query(`create trigger slow before insert on message for each row when (new.content = 'slow')
      execute function slow()`);
    const quiet = await stack.start();
    expect((await quiet.send(id, 'user-1', 'slow')).status).toBe(201);
    await stack.query('drop trigger slow on message');
    const line = quiet.log.map((text) => JSON.parse(text)).find(({ status, level }) => status === 201 && level === 30);
    expect(line).toMatchObject({ msg: 'answered', method: 'POST' });
    expect(line.seconds).toBeGreaterThan(1);
  });
});

describe('a logger', () => {
  test('hides what a telling name or its shape gives away, and writes JSON all the same', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const secrets = { password: SECRET, access_token: SECRET, content: SECRET, clientSecret: SECRET };
    logger.info({ ...secrets, headers: { authorization: SECRET, cookie: SECRET, 'set-cookie': SECRET } }, 'one');
    logger.info({ requests: [{ options: { Authorization: SECRET } }], kept: 1 });
    logger.warn(`cannot reach postgresql://chat:${SECRET}@db:5432/chat with Bearer ${TOKEN}`);
    logger.error({ err: new Error(`redis://:${SECRET}@cache`, { cause: new Error(`sent "Bearer ${TOKEN}"`) }) });
    expect(lines.map((line) => JSON.parse(line).kept)).toEqual([undefined, 1, undefined, undefined]);
    expect(lines.join('')).not.toMatch(new RegExp(`${SECRET}|eyJ`));
  });
});
