import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import {
  type Claims,
  createSigningKey,
  type KeyServer,
  type SigningKey,
  signToken,
  signWithSecret,
  startKeyServer,
  USUAL_CLAIMS,
} from '../testing/issuer.ts';
import { createIdentity, type Identity } from './identity.ts';

const SECRET = 'a secret of at least 32 bytes for these tests';
const common = { mode: 'jwt', issuer: USUAL_CLAIMS.iss, audience: USUAL_CLAIMS.aud } as const;
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

let server: KeyServer;
let rsa: SigningKey;
let curve: SigningKey;
let edwards: SigningKey;
let stranger: SigningKey;
let byKeys: Identity;
const bySecret = createIdentity({ ...common, keys: { secret: SECRET }, algorithms: ['HS256'] });
beforeAll(async () => {
  [server, rsa, curve, edwards, stranger] = await Promise.all([
    startKeyServer(),
    createSigningKey('RS256', 'rsa'),
    createSigningKey('ES256', 'curve'),
    createSigningKey('EdDSA', 'edwards'),
    createSigningKey('RS256', 'rsa'),
  ]);
  server.publish(rsa, curve, edwards);
  byKeys = createIdentity({ ...common, keys: { jwksUrl: server.url }, algorithms: ['RS256', 'ES256', 'EdDSA'] });
});
afterAll(() => server?.kill());

const identify = (identity: Identity, token: string, claimed?: string) => identity.identify(`Bearer ${token}`, claimed);
const refusal = { kind: 'unauthenticated', tokenFault: 'invalid_token' };

/** Puts another header before a token's payload and signature, as somebody without a key could. */
function forge(token: string, header: object): string {
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...token.split('.').slice(1)].join('.');
}

describe('a token is believed', () => {
  test('when a key of the set signed it: RSA, elliptic curve or Edwards curve', async () => {
    for (const key of [rsa, curve, edwards]) {
      expect(await identify(byKeys, await signToken(key, { sub: `of-${key.alg}` }))).toBe(`of-${key.alg}`);
    }
  });

  test('when the shared secret signed it', async () => {
    expect(await identify(bySecret, await signWithSecret(SECRET))).toBe('user-1');
  });

  test('with several audiences, one of which is this service', async () => {
    expect(await identify(byKeys, await signToken(rsa, { aud: ['mail', 'chat'] }))).toBe('user-1');
  });

  test('up to 5 s past its end or before its start, as clocks differ', async () => {
    expect(await identify(byKeys, await signToken(rsa, { exp: secondsFromNow(-3) }))).toBe('user-1');
    expect(await identify(byKeys, await signToken(rsa, { nbf: secondsFromNow(3) }))).toBe('user-1');
  });

  test('also behind bearer in lower case and several spaces', async () => {
    const token = await signToken(curve);
    expect(await byKeys.identify(`bearer ${token}`, undefined)).toBe('user-1');
    expect(await byKeys.identify(`BEARER   ${token}`, 'user-1')).toBe('user-1');
  });

  test('with a subject in any script', async () => {
    const sub = 'ユーザー|🦊 ünïcode:*'.padEnd(128, 'x');
    expect(await identify(byKeys, await signToken(rsa, { sub }), sub)).toBe(sub);
  });
});

describe('a token is refused', () => {
  const claims: [string, Claims][] = [
    ['of another issuer', { iss: 'https://issuer.test.evil' }],
    ['without an issuer', { iss: undefined }],
    ['for another audience', { aud: 'mail' }],
    ['without an audience', { aud: undefined }],
    ['that has expired', { exp: secondsFromNow(-10) }],
    ['that never expires', { exp: undefined }],
    ['that expires at a text', { exp: '9999999999' }],
    ['that does not hold yet', { nbf: secondsFromNow(60) }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['with a subject of 129 characters', { sub: 'x'.repeat(129) }],
    ['with control characters in its subject', { sub: 'user\u00001' }],
    ['with a lone surrogate in its subject', { sub: 'user\ud800' }],
    ['whose subject is a number', { sub: 1 }],
  ];
  test.each(claims)('%s', async (_what, changed) => {
    await expect(identify(byKeys, await signToken(rsa, changed))).rejects.toMatchObject(refusal);
    await expect(identify(bySecret, await signWithSecret(SECRET, changed))).rejects.toMatchObject(refusal);
  });

  test('that nobody signed (alg none), with or without a signature of something else', async () => {
    const exp = secondsFromNow(300);
    const unsigned = new UnsecuredJWT({ ...USUAL_CLAIMS, exp }).encode();
    const signed = await signToken(rsa);
    for (const identity of [byKeys, bySecret]) {
      await expect(identify(identity, unsigned)).rejects.toMatchObject(refusal);
      await expect(identity.authenticate(unsigned, undefined)).rejects.toMatchObject(refusal);
      for (const alg of ['none', 'None', 'NONE', '']) {
        await expect(identify(identity, forge(signed, { alg }))).rejects.toMatchObject(refusal);
      }
    }
  });

  test('that a published key signed as if it were a secret', async () => {
    const key = createPublicKey({ key: rsa.jwk as never, format: 'jwk' });
    const pem = String(key.export({ type: 'spki', format: 'pem' }));
    expect(pem).toBe(`${await exportSPKI((await importJWK(rsa.jwk)) as never)}\n`);
    const secrets = [pem, pem.trim(), JSON.stringify(rsa.jwk), key.export({ type: 'spki', format: 'der' })];
    for (const secret of secrets) {
      await expect(identify(byKeys, await signWithSecret(secret))).rejects.toMatchObject(refusal);
    }
  });

  test('that another key signed under the name of a published one', async () => {
    await expect(identify(byKeys, await signToken(stranger))).rejects.toMatchObject(refusal);
    await expect(identify(bySecret, await signWithSecret(`${SECRET}.`))).rejects.toMatchObject(refusal);
  });

  test('that brings or points to its own key', async () => {
    const exp = secondsFromNow(300);
    const { SignJWT } = await import('jose');
    for (const header of [{ jwk: stranger.jwk }, { jku: server.url }, { jwk: stranger.jwk, kid: 'rsa' }]) {
      const token = await new SignJWT({ ...USUAL_CLAIMS, exp })
        .setProtectedHeader({ alg: 'RS256', ...header })
        .sign(stranger.privateKey);
      await expect(identify(byKeys, token)).rejects.toMatchObject(refusal);
    }
  });

  test('that is signed in a way not on the list, though by a key of the set', async () => {
    const strict = createIdentity({ ...common, keys: { jwksUrl: server.url }, algorithms: ['ES256'] });
    await expect(identify(strict, await signToken(rsa))).rejects.toMatchObject(refusal);
    expect(await identify(strict, await signToken(curve))).toBe('user-1');
  });

  test('that was changed in any part', async () => {
    const parts = (await signToken(rsa)).split('.');
    for (let part = 0; part < 3; part += 1) {
      const text = String(parts[part]);
      const middle = Math.floor(text.length / 2);
      const other = text[middle] === 'A' ? 'B' : 'A';
      const changed = parts.with(part, text.slice(0, middle) + other + text.slice(middle + 1)).join('.');
      await expect(identify(byKeys, changed)).rejects.toMatchObject(refusal);
    }
  });

  test('that is no token', async () => {
    const deep = `${'['.repeat(4_000)}${']'.repeat(4_000)}`;
    const garbage = [
      'x',
      'a.b',
      'a.b.c',
      'a.b.c.d.e',
      '....',
      `${Buffer.from(deep).toString('base64url').slice(0, 8_000)}.e30.x`,
    ];
    for (const token of garbage) {
      await expect(identify(byKeys, token)).rejects.toMatchObject(refusal);
      await expect(bySecret.authenticate(token, undefined)).rejects.toMatchObject(refusal);
    }
    await expect(bySecret.authenticate('\u0000ü 🦊', undefined)).rejects.toMatchObject(refusal);
  });

  test('that is longer than 8192 characters, even if it is genuine', async () => {
    const huge = await signWithSecret(SECRET, { more: 'x'.repeat(8_192) });
    await expect(identify(bySecret, huge)).rejects.toMatchObject(refusal);
    await expect(bySecret.authenticate(huge, undefined)).rejects.toMatchObject(refusal);
    const large = await signWithSecret(SECRET, { more: 'x'.repeat(5_500) });
    expect(await identify(bySecret, large)).toBe('user-1');
  });
});

describe('an Authorization header', () => {
  test('that is missing is told apart from a wrong one', async () => {
    const missing = { kind: 'unauthenticated', tokenFault: undefined };
    await expect(byKeys.identify(undefined, 'user-1')).rejects.toMatchObject(missing);
    await expect(byKeys.authenticate(undefined, undefined)).rejects.toMatchObject(missing);
    await expect(byKeys.authenticate('', undefined)).rejects.toMatchObject(missing);
  });

  test('of another scheme, or with something beside one token, is refused', async () => {
    const token = await signToken(rsa);
    const wrong = [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `Bearer ${token} x`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer\t${token}`,
      ` Bearer ${token}`,
    ];
    for (const header of wrong) {
      await expect(byKeys.identify(header, undefined)).rejects.toMatchObject({
        kind: 'unauthenticated',
        tokenFault: 'invalid_request',
      });
      expect(byKeys.identifyNow(header, undefined)).toBeUndefined();
    }
  });
});

describe('a userId that the request claims', () => {
  test('must be the token’s, on each way', async () => {
    const token = await signToken(rsa);
    const mismatch = { kind: 'identity-mismatch', faults: [{ field: 'userId' }] };
    expect(await identify(byKeys, token, 'user-1')).toBe('user-1');
    await expect(identify(byKeys, token, 'user-2')).rejects.toMatchObject(mismatch);
    await expect(byKeys.authenticate(token, 'user-2')).rejects.toMatchObject(mismatch);
    expect(byKeys.identifyNow(`Bearer ${token}`, 'user-1')).toBe('user-1');
    expect(byKeys.identifyNow(`Bearer ${token}`, undefined)).toBe('user-1');
    expect(byKeys.identifyNow(`Bearer ${token}`, 'user-2')).toBeUndefined();
    expect(byKeys.identifyNow(`Bearer ${token}`, '')).toBeUndefined();
  });
});

describe('what a token proved', () => {
  test('is known without waiting from then on, and not before', async () => {
    const token = await signToken(curve);
    expect(byKeys.identifyNow(`Bearer ${token}`, undefined)).toBeUndefined();
    await identify(byKeys, token);
    expect(byKeys.identifyNow(`Bearer ${token}`, undefined)).toBe('user-1');
    expect(byKeys.identifyNow(`Bearer ${token.slice(0, -1)}`, undefined)).toBeUndefined();
    expect(byKeys.identifyNow(undefined, 'user-1')).toBeUndefined();
  });

  test('is forgotten the moment it expires', async () => {
    let now = Date.now();
    const identity = createIdentity({ ...common, keys: { secret: SECRET }, algorithms: ['HS256'] }, { now: () => now });
    const exp = secondsFromNow(300);
    const token = await signWithSecret(SECRET, { exp });
    await identify(identity, token);
    now = exp * 1_000 - 1;
    expect(identity.identifyNow(`Bearer ${token}`, undefined)).toBe('user-1');
    now = exp * 1_000;
    expect(identity.identifyNow(`Bearer ${token}`, undefined)).toBeUndefined();
    now = exp * 1_000 + 5_000;
    await expect(identify(identity, token)).rejects.toMatchObject(refusal);
  });

  test('tells sockets when it ends', async () => {
    const exp = secondsFromNow(77);
    expect(await byKeys.authenticate(await signToken(edwards, { exp }), 'user-1')).toEqual({
      userId: 'user-1',
      expiresAt: exp * 1_000,
    });
  });
});

describe('in development', () => {
  const identity = createIdentity({ mode: 'development' });

  test('whoever asks is whom the request claims, whatever its header says', async () => {
    expect(await identity.identify(undefined, 'ann')).toBe('ann');
    expect(await identity.identify('Bearer x', 'ann')).toBe('ann');
    expect(identity.identifyNow(undefined, 'ann')).toBe('ann');
    expect(await identity.authenticate(undefined, 'ann')).toEqual({
      userId: 'ann',
      expiresAt: Number.POSITIVE_INFINITY,
    });
  });

  test('a request must claim somebody', async () => {
    for (const claimed of [undefined, '', 'x'.repeat(129), 'a\nb']) {
      await expect(identity.identify('Bearer x', claimed)).rejects.toMatchObject({ kind: 'unauthenticated' });
      await expect(identity.authenticate('x', claimed)).rejects.toMatchObject({ kind: 'unauthenticated' });
      expect(identity.identifyNow('Bearer x', claimed)).toBeUndefined();
    }
  });
});
