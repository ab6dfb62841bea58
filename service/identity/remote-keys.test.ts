import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createSigningKey,
  type KeyServer,
  type SigningKey,
  signToken,
  startKeyServer,
  USUAL_CLAIMS,
} from '../testing/issuer.ts';
import { createIdentity, type Identity } from './identity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let first: SigningKey;
let second: SigningKey;
beforeAll(async () => {
  [first, second] = await Promise.all([createSigningKey('ES256', 'first'), createSigningKey('ES256', 'second')]);
});

let server: KeyServer;
let identity: Identity;
let now: number;
let told: string[];
let tokens = 0;
beforeEach(async () => {
  server = await startKeyServer();
  server.publish(first);
  now = Date.now();
  told = [];
  const keys = { jwksUrl: server.url };
  const config = {
    mode: 'jwt',
    issuer: USUAL_CLAIMS.iss,
    audience: USUAL_CLAIMS.aud,
    keys,
    algorithms: ['ES256'],
  } as const;
  identity = createIdentity(config, { now: () => now, tell: (message) => told.push(message) });
});
afterEach(() => server.kill().catch(() => undefined)); // a test may have done it

/** Identifies with a token that nobody has seen before, so that keys are needed; it lives two days. */
async function ask(key: SigningKey): Promise<string> {
  tokens += 1;
  const exp = Math.floor(now / 1_000) + 48 * 3_600;
  return identity.identify(`Bearer ${await signToken(key, { jti: String(tokens), exp })}`, undefined);
}

const refused = { kind: 'unauthenticated', tokenFault: 'invalid_token' };
const unavailable = { kind: 'identity-unavailable', retryAfterSeconds: 10 };

describe('the key set of an issuer', () => {
  test('is fetched once, when first needed, for all who wait', async () => {
    expect(server.asked).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => ask(first)));
    expect(server.asked).toBe(1);
  });

  test('is fetched again for a key it did not have: a rotation takes effect at once', async () => {
    await ask(first);
    server.publish(first, second);
    now += 10_000;
    expect(await Promise.all([ask(second), ask(second), ask(first)])).toEqual(['user-1', 'user-1', 'user-1']);
    expect(server.asked).toBe(2);
  });

  test('is not fetched more than once in 10 s, however many unknown keys tokens name', async () => {
    await ask(first);
    for (let tries = 0; tries < 20; tries += 1) await expect(ask(second)).rejects.toMatchObject(refused);
    expect(server.asked).toBe(1);
    now += 10_000;
    for (let tries = 0; tries < 20; tries += 1) await expect(ask(second)).rejects.toMatchObject(refused);
    expect(server.asked).toBe(2);
  });

  test('is fetched in the background when it is a minute old, so that a removed key ends within two', async () => {
    const token = `Bearer ${await signToken(first)}`;
    await identity.identify(token, undefined);
    server.publish(second);
    now += MINUTE - 1;
    expect(identity.identifyNow(token, undefined)).toBe('user-1');
    now += 1;
    expect(identity.identifyNow(token, undefined)).toBeUndefined();
    expect(await ask(first)).toBe('user-1'); // with the keys that are there, while new ones are on their way
    await expect(ask(second)).resolves.toBe('user-1'); // waits for those
    now += MINUTE;
    await expect(identity.identify(token, undefined)).rejects.toMatchObject(refused);
  });

  test('is waited for after a long silence, so that a key removed meanwhile is not believed once more', async () => {
    await ask(first);
    server.publish(second);
    now += HOUR;
    await expect(ask(first)).rejects.toMatchObject(refused);
    expect(await ask(second)).toBe('user-1');
  });

  test('may hold several keys without a name: each is tried', async () => {
    const [one, two, three] = await Promise.all(Array.from({ length: 3 }, () => createSigningKey('ES256')));
    server.publish(one as SigningKey, two as SigningKey);
    expect(await ask(one as SigningKey)).toBe('user-1');
    expect(await ask(two as SigningKey)).toBe('user-1');
    await expect(ask(three as SigningKey)).rejects.toMatchObject(refused);
  });

  test('that publishes a private or a shared key lends it no power', async () => {
    const shared = {
      kty: 'oct',
      k: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url'),
      kid: 'shared',
    };
    server.publish({ ...first, jwk: shared });
    await expect(ask(first)).rejects.toMatchObject(refused);
  });
});

describe('while the server of keys', () => {
  const outages: [string, () => unknown][] = [
    ['is gone', () => server.kill()],
    ['answers 500', () => server.behave('failing')],
    ['answers with something else', () => server.behave('garbled')],
    ['does not answer', () => server.behave('silent')],
  ];
  test.each(outages)('%s, known keys go on, and an unknown one is no fault of its token', async (_what, breakDown) => {
    await ask(first);
    await breakDown();
    for (now += 2 * MINUTE; now < Date.now() + 12 * HOUR; now += HOUR) expect(await ask(first)).toBe('user-1');
    const start = performance.now();
    await expect(ask(second)).rejects.toMatchObject({ kind: 'identity-unavailable' });
    expect(performance.now() - start).toBeLessThan(4_800); // 2 s, of the 5 s that jose would wait
    expect(told).toEqual([expect.stringMatching(/^The key set of the issuer cannot be fetched: .+/)]);
  });

  test('is gone from the start, requests are told to come back, without a wait for each, and it is found by itself', async () => {
    server.behave('silent');
    await expect(Promise.all([ask(first), ask(first)])).rejects.toMatchObject({ kind: 'identity-unavailable' });
    expect(server.asked).toBe(1);
    await expect(ask(first)).rejects.toMatchObject(unavailable);
    expect(server.asked).toBe(1);
    server.behave('well');
    now += 10_000;
    expect(await ask(first)).toBe('user-1');
    expect(told.at(-1)).toBe('The key set of the issuer is there again');
  });

  test('was gone and came back with new keys, these work', async () => {
    await ask(first);
    await server.kill();
    now += MINUTE;
    await expect(ask(second)).rejects.toMatchObject(unavailable);
    await server.restart();
    server.publish(second);
    now += 10_000;
    expect(await ask(second)).toBe('user-1');
    await expect(ask(first)).rejects.toMatchObject(refused);
  });

  test('is gone for more than a day, known keys are believed no more', async () => {
    await ask(first);
    await server.kill();
    now += 24 * HOUR - 1;
    expect(await ask(first)).toBe('user-1');
    now += 10_000;
    await expect(ask(first)).rejects.toMatchObject(unavailable);
  });
});
