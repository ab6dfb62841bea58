import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { signWithSecret, USUAL_CLAIMS } from '../../testing/issuer.ts';
import { openSocket, type SocketOptions, socketUrl } from '../../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

const SECRET = 'a secret of at least 32 bytes for these tests';

let stack: StackUnderTest;
let service: RunningService;
let strict: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  [service, strict] = await Promise.all([
    stack.start({ WS_ALLOWED_ORIGINS: 'https://chat.example', WS_MAX_CONNECTIONS_PER_USER: '2' }),
    stack.start({
      AUTH_MODE: 'jwt',
      JWT_ISSUER: USUAL_CLAIMS.iss,
      JWT_AUDIENCE: USUAL_CLAIMS.aud,
      JWT_SECRET: SECRET,
      WS_TOKEN_GRACE_SECONDS: '1',
      RATE_LIMITS: 'off',
    }),
  ]);
});
afterAll(() => stack?.stop());

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` }, query: '' });

/** Status and problem of a refused request for a socket. */
function refused(url: string, options: SocketOptions = {}, path?: string): Promise<{ status: number; type: string }> {
  const { headers = {}, protocols = [], query = '?userId=user-1' } = options;
  const ws = new WebSocket(path ?? socketUrl(url, query), protocols, { headers });
  return new Promise((resolve, reject) => {
    ws.on('open', () => reject(new Error('Expected a refusal, found an open socket')));
    ws.on('error', () => undefined);
    ws.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => {
        const { type, status } = JSON.parse(text);
        expect([response.statusCode, response.headers['content-type']]).toEqual([
          status,
          'application/problem+json; charset=utf-8',
        ]);
        resolve({ status, type: type.split(':').at(-1) });
      });
    });
  });
}

describe('a page', () => {
  test('of another origin is refused', async () => {
    for (const Origin of ['https://evil.example', 'null', 'https://chat.example.evil.example']) {
      expect(await refused(service.url, { headers: { Origin } })).toEqual({ status: 403, type: 'origin-refused' });
    }
  });

  test('of the service itself, or of an allowed origin, is let in', async () => {
    for (const Origin of [service.url, 'https://chat.example']) {
      const client = await openSocket(service.url, `visitor of ${Origin}`, { headers: { Origin } });
      await client.next('welcome');
      await client.close();
    }
  });
});

describe('a request for a socket', () => {
  test('at another path, or with an unknown parameter, is refused', async () => {
    const elsewhere = `${service.url.replace('http', 'ws')}/elsewhere`;
    expect(await refused(service.url, {}, elsewhere)).toEqual({ status: 404, type: 'unknown-route' });
    expect(await refused(service.url, { query: '?token=abc' })).toEqual({ status: 400, type: 'invalid-request' });
    expect(await refused(service.url, { query: '?userId=a&userId=b' })).toEqual({
      status: 400,
      type: 'invalid-request',
    });
    expect(await refused(service.url, { query: '?userId=a%0Ab' })).toEqual({ status: 400, type: 'invalid-request' });
  });

  test('by a user with as many as a user may have is closed with 3003', async () => {
    const open = () => openSocket(service.url, 'busy');
    const clients = [await open(), await open()];
    expect(await (await open()).closed).toBe(3003);
    await clients[0]?.close();
    const again = await open();
    await again.next('welcome');
    await Promise.all([clients[1]?.close(), again.close()]);
  });

  test('to a process that has as many as it may have is refused with 503, and counted', async () => {
    const small = await stack.start({ MAX_CONNECTIONS: '1' });
    const client = await openSocket(small.url, 'user-1');
    expect(await refused(small.url)).toEqual({ status: 503, type: 'no-room' });
    const metrics = await (await fetch(`http://127.0.0.1:${small.metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^http_connections_refused_total 1$/m);
    await client.close();
    await (await openSocket(small.url, 'user-2')).close();
  });
});

describe('with tokens', () => {
  test('a header, a subprotocol or the first frame says who it is', async () => {
    const token = await signWithSecret(SECRET);
    const byHeader = await openSocket(strict.url, '', bearer(token));
    const bySubprotocol = await openSocket(strict.url, '', {
      protocols: ['chatstack.v1', `bearer.${token}`],
      query: '',
    });
    const byFrame = await openSocket(strict.url, '', { query: '' });
    byFrame.send({ type: 'authenticate', token });
    byFrame.send({ type: 'subscribe', conversationId: 'conv-1' }); // need not wait for the welcome
    expect(bySubprotocol.ws.protocol).toBe('chatstack.v1');
    for (const client of [byHeader, bySubprotocol, byFrame]) {
      expect((await client.next('welcome')).userId).toBe('user-1');
    }
    expect(await byFrame.next('subscribed')).toMatchObject({ conversationId: 'conv-1' });
    for (const client of [byHeader, bySubprotocol, byFrame]) await client.close();
  });

  test('a wrong one is refused, in a frame with 3501', async () => {
    const wrong = await signWithSecret('another secret that is long enough to be one');
    expect(await refused(strict.url, bearer(wrong))).toEqual({ status: 401, type: 'unauthenticated' });
    const other = { ...bearer(await signWithSecret(SECRET)), query: '?userId=user-2' };
    expect(await refused(strict.url, other)).toEqual({ status: 403, type: 'identity-mismatch' });
    const client = await openSocket(strict.url, '', { query: '' });
    client.send({ type: 'authenticate', token: wrong });
    expect(await client.closed).toBe(3501);
  });

  test('nothing else is done before it is known who it is', async () => {
    const client = await openSocket(strict.url, '', { query: '?userId=user-1' });
    client.send({ type: 'subscribe', conversationId: 'conv-1' });
    expect(await client.closed).toBe(3501);
    expect(client.frames).toEqual([]);
  });

  test('the end of one closes with 3502 some time later, unless a new one of the same user came', async () => {
    const brief = async () => bearer(await signWithSecret(SECRET, { exp: secondsFromNow(5) }));
    const forgetful = await openSocket(strict.url, '', await brief());
    const careful = await openSocket(strict.url, '', await brief());
    careful.send({ type: 'authenticate', token: await signWithSecret(SECRET) });
    const strange = await openSocket(strict.url, '', await brief());
    strange.send({ type: 'authenticate', token: await signWithSecret(SECRET, { sub: 'user-2' }) });
    expect(await strange.closed).toBe(3501);
    expect(await forgetful.closed).toBe(3502);
    await sleep(1_000); // the other one is past that moment too
    expect(careful.frames.map(({ type }) => type)).toEqual(['welcome']);
    expect(careful.ws.readyState).toBe(WebSocket.OPEN);
    await careful.close();
  });
});
