import { expect, test } from '@jest/globals';
import { readExpiry, readSubject, readToken } from './token.ts';

const jwtOf = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;

test('the expiry of a JWT is read; a token without one, or of another kind, has none', () => {
  expect(readExpiry(jwtOf({ exp: 1_800_000_000, name: 'Zoë ÿÿÿ??>>' }))).toBe(1_800_000_000_000);
  expect([jwtOf({}), jwtOf({ exp: 'soon' }), jwtOf(null), 'opaque', 'a.%%%.b', ''].map(readExpiry)).toEqual(
    Array(6).fill(undefined),
  );
});

test('a source is a token, or a function that is asked each time', async () => {
  let count = 0;
  const source = async () => `token-${++count}`;
  expect([await readToken(source), await readToken(source)]).toEqual(['token-1', 'token-2']);
  expect([await readToken('mine'), await readToken(undefined)]).toEqual(['mine', undefined]);
});

test('the subject of a JWT is read in any script', () => {
  expect([jwtOf({ sub: 'Zoë 🦊' }), jwtOf({ sub: 5 }), 'opaque'].map(readSubject)).toEqual([
    'Zoë 🦊',
    undefined,
    undefined,
  ]);
});
