import { expect, test } from '@jest/globals';
import { listIdentityWarnings } from './identity-warnings.ts';

const jwt = { mode: 'jwt', issuer: 'i', audience: 'a', algorithms: ['RS256'] } as const;
const withKeysAt = (jwksUrl: string) => listIdentityWarnings({ ...jwt, keys: { jwksUrl } });

test('development identity is warned about', () => {
  expect(listIdentityWarnings({ mode: 'development' })).toEqual([expect.stringMatching(/^DEVELOPMENT IDENTITY: /)]);
});

test('keys over plain HTTP are warned about, but for those of this machine', () => {
  const warning = [expect.stringMatching(/^KEYS OVER PLAIN HTTP: .* issuer.test:8080 /)];
  expect(withKeysAt('http://issuer.test:8080/jwks.json')).toEqual(warning);
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    expect(withKeysAt(`http://${host}:8080/jwks.json`)).toEqual([]);
});

test('keys over HTTPS and a shared secret are nothing to warn about', () => {
  expect(withKeysAt('https://issuer.test/jwks.json')).toEqual([]);
  expect(listIdentityWarnings({ ...jwt, keys: { secret: 'x'.repeat(32) } })).toEqual([]);
});
