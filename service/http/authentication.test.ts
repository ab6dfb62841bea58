import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../testing/caller.ts';
import { eventually } from '../testing/eventually.ts';
import { expectProblem } from '../testing/expect-problem.ts';
import {
  createSigningKey,
  type KeyServer,
  type SigningKey,
  signToken,
  signWithSecret,
  startKeyServer,
  USUAL_CLAIMS,
} from '../testing/issuer.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

const SECRET = 'a secret of at least 32 bytes for these tests';
const PATH = '/api/v1/chat/conversations/conv-1/messages';
const jwt = { AUTH_MODE: 'jwt', JWT_ISSUER: USUAL_CLAIMS.iss, JWT_AUDIENCE: USUAL_CLAIMS.aud };
const withSecret = { ...jwt, JWT_SECRET: SECRET };

let stack: StackUnderTest;
let keys: KeyServer;
let key: SigningKey;
let bySecret: RunningService;
let byKeys: RunningService;
let byName: RunningService;
let token: string;
beforeAll(async () => {
  [stack, keys, key, token] = await Promise.all([
    startStackUnderTest(),
    startKeyServer(),
    createSigningKey('ES256', 'first'),
    signWithSecret(SECRET),
  ]);
  keys.publish(key);
  [bySecret, byKeys, byName] = await Promise.all([
    stack.start(withSecret),
    stack.start({ ...jwt, JWT_JWKS_URL: keys.url }),
    stack.start(),
  ]);
});
afterAll(async () => {
  await stack?.stop();
  await keys?.kill().catch(() => undefined); // a test did it
});

/** Reads the history of conv-1, with a token and further query parameters. */
const read = (service: RunningService, bearer?: string, query = '', path = PATH) =>
  service.call({
    method: 'GET',
    path: `${path}?${query}`,
    headers: bearer ? { Authorization: `Bearer ${bearer}` } : {},
  });

const send = (service: RunningService, bearer: string, body: unknown) =>
  service.call({
    method: 'POST',
    path: PATH,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  });

async function countLocalHits(service: RunningService): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  return Number(/^cache_requests_total\{cache="local",result="hit"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

function expectUnauthenticated(answer: Answer, error?: string): void {
  expectProblem(answer, 401, 'unauthenticated');
  const challenge = `Bearer realm="chat"${error ? `, error="${error}"` : ''}`;
  expect([answer.headers['www-authenticate'], answer.headers['cache-control']]).toEqual([challenge, 'no-store']);
}

describe('in jwt mode', () => {
  test('a token says who asks, and the userId may be left out', async () => {
    for (const [service, bearer] of [
      [bySecret, token],
      [byKeys, await signToken(key)],
    ] as const) {
      expect((await read(service, bearer)).status).toBe(200);
      expect((await read(service, bearer, 'userId=user-1')).status).toBe(200);
      const sent = await send(service, bearer, { content: 'by a token' });
      expect(sent).toMatchObject({ status: 201, body: { message: { userId: 'user-1', content: 'by a token' } } });
    }
  });

  test('membership is that of the token’s user', async () => {
    const stranger = await signWithSecret(SECRET, { sub: 'stranger' });
    expectProblem(await read(bySecret, stranger), 403, 'not-a-participant');
    expectProblem(await send(bySecret, stranger, { content: 'x' }), 403, 'not-a-participant');
  });

  test('a conversation is made by the token’s user', async () => {
    const body = JSON.stringify({ type: 'GROUP', participantIds: ['user-1', 'user-2'] });
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
    const made = await bySecret.call({ method: 'POST', path: '/api/v1/chat/conversations', headers, body });
    expect(made.status).toBe(201);
    expect((await read(bySecret, token, '', `/api/v1/chat/conversations/${made.body.id}/messages`)).status).toBe(200);
  });

  test('another userId is refused, in the query and in the body', async () => {
    expectProblem(await read(bySecret, token, 'userId=user-2'), 403, 'identity-mismatch', ['userId']);
    const sent = await send(bySecret, token, { userId: 'user-2', content: 'x' });
    expectProblem(sent, 403, 'identity-mismatch', ['userId']);
  });

  test('a request without a token is told how to prove who asks, also when it names somebody', async () => {
    expectUnauthenticated(await read(bySecret));
    expectUnauthenticated(await read(bySecret, undefined, 'userId=user-1'));
    expectUnauthenticated(await bySecret.send('conv-1', 'user-1', 'x'));
  });

  test('a wrong token is told apart from none', async () => {
    expectUnauthenticated(await read(bySecret, 'x.y.z'), 'invalid_token');
    expectUnauthenticated(await read(bySecret, await signWithSecret(SECRET, { exp: 1 })), 'invalid_token');
    expectUnauthenticated(await read(bySecret, await signWithSecret(SECRET, { aud: 'mail' })), 'invalid_token');
    expectUnauthenticated(await read(bySecret, await signWithSecret(`${SECRET}!`)), 'invalid_token');
    expectUnauthenticated(await read(bySecret, 'x'.repeat(9_000)), 'invalid_token');
  });

  test('whoever proves nothing learns nothing of what a request should look like', async () => {
    const headers = { 'Content-Type': 'application/json' };
    expectUnauthenticated(await bySecret.call({ method: 'POST', path: PATH, headers, body: '{' }));
    expectUnauthenticated(await read(bySecret, undefined, 'limit=many'));
    expectProblem(await read(bySecret, token, 'limit=many'), 400, 'invalid-request', ['limit']);
  });

  test('several Authorization headers are refused, whichever comes first, also where the page is at hand', async () => {
    const kept = `${PATH}?limit=7`;
    await eventually('the process keeps the page', async () => {
      await read(bySecret, token, 'limit=7');
      return (await countLocalHits(bySecret)) > 0;
    });
    for (const [path, values] of [
      [PATH, [token, 'x.y.z']],
      [PATH, ['x.y.z', token]],
      [PATH, [token, token]],
      [kept, [token, 'x.y.z']],
      [kept, [token, token]],
    ] as const) {
      const headers = values.flatMap((value) => ['Authorization', `Bearer ${value}`]);
      const { port } = new URL(bySecret.url);
      const outgoing = request({ port, path, headers: ['Host', 'localhost', ...headers] });
      outgoing.end();
      const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
      incoming?.resume();
      expect(incoming?.statusCode).toBe(401);
      expect(incoming?.headers['www-authenticate']).toBe('Bearer realm="chat", error="invalid_request"');
    }
  });

  test('probes and the index need no token', async () => {
    for (const path of ['/api/v1/health', '/health/live', '/health/ready', '/health/cache', '/']) {
      expect((await bySecret.get(path)).status).toBe(200);
    }
  });

  test('neither tokens nor the secret come into the log', async () => {
    await read(bySecret, await signWithSecret(`${SECRET}!`));
    await read(bySecret, token);
    const log = bySecret.log.join('\n');
    expect(log).not.toContain(SECRET);
    expect(log).not.toContain(token.split('.')[2]);
  });

  test('an outage of the issuer is 503 for a token of an unknown key, and nothing for others', async () => {
    const fresh = await stack.start({ ...jwt, JWT_JWKS_URL: keys.url });
    expect((await read(byKeys, await signToken(key))).status).toBe(200);
    await keys.kill();
    const answer = await read(fresh, await signToken(key));
    expectProblem(answer, 503, 'identity-unavailable');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect((await read(byKeys, await signToken(key, { jti: 'another' }))).status).toBe(200);
    expect((await fresh.get('/health/ready')).status).toBe(200); // a restart would help nobody
  });
});

describe('in development mode', () => {
  test('the userId says who asks, whatever token there is', async () => {
    expect((await byName.read('conv-1', 'user-1')).status).toBe(200);
    expect((await read(byName, 'x.y.z', 'userId=user-1')).status).toBe(200);
    expectProblem(await read(byName, token), 400, 'invalid-request', ['userId']);
    expectProblem(await byName.read('conv-1', 'stranger'), 403, 'not-a-participant');
  });

  test('nobody is held to a budget, unless limits are on', async () => {
    const held = await stack.start({ RATE_LIMITS: 'on', RATE_LIMIT_PERCENT: '2' });
    const id = await stack.createConversation(['eve', 'fay']);
    const sent = await Promise.all(Array.from({ length: 60 }, (_, index) => byName.send(id, 'eve', `${index}`)));
    expect(sent.every(({ status }) => status === 201)).toBe(true);
    expect((await held.send(id, 'eve', 'one')).status).toBe(201);
    expectProblem(await held.send(id, 'eve', 'two'), 429, 'rate-limited');
    expect((await held.send(id, 'fay', 'three')).status).toBe(201); // which is why they are off
  });
});

describe('a user who asks too often', () => {
  const few = { ...withSecret, RATE_LIMIT_PERCENT: '2' }; // one message, ten reads
  let one: RunningService;
  let other: RunningService;
  beforeAll(async () => {
    [one, other] = await Promise.all([stack.start(few), stack.start(few)]);
  });

  test('is told when to come back, at every replica and in every spelling of a request, while others go on', async () => {
    const [id, ann] = [await stack.createConversation(['ann', 'bob']), await signWithSecret(SECRET, { sub: 'ann' })];
    const path = `/api/v1/chat/conversations/${id}/messages`;
    const sendAs = (service: RunningService, bearer: string, body: string) =>
      service.call({
        method: 'POST',
        path,
        headers: { 'Content-Type': 'application/json', Authorization: `bearer ${bearer}` },
        body,
      });
    expect((await sendAs(one, ann, '{"content":"one"}')).status).toBe(201);
    for (const service of [one, other]) {
      const refused = await sendAs(service, ann, '{"userId":"ann","content":"two"}');
      expectProblem(refused, 429, 'rate-limited');
      const { 'retry-after': after, ratelimit } = refused.headers;
      expect(Number(after)).toBeGreaterThanOrEqual(1);
      expect(Number(after)).toBeLessThanOrEqual(10);
      expect(ratelimit).toBe(`"send";r=0;t=${after}`);
    }
    expect((await read(other, ann, '', path)).status).toBe(200);
    expect((await sendAs(other, await signWithSecret(SECRET, { sub: 'bob' }), '{"content":"three"}')).status).toBe(201);
  });

  test('is counted for requests that break rules, too', async () => {
    const carl = await signWithSecret(SECRET, { sub: 'carl' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => read(one, carl, 'limit=many')));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(400), 429, 429]);
  });

  test('is held to the budget without a cache as well, as Redis is there', async () => {
    const [left, right] = await Promise.all([
      stack.start({ ...few, ENABLE_REDIS_CACHE: 'false' }),
      stack.start({ ...few, ENABLE_REDIS_CACHE: 'false' }),
    ]);
    const dora = await signWithSecret(SECRET, { sub: 'dora' });
    expectProblem(await send(left, dora, { content: 'x' }), 403, 'not-a-participant');
    expectProblem(await send(right, dora, { content: 'x' }), 429, 'rate-limited');
  });
});
