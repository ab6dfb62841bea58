import { describe, expect, test } from '@jest/globals';
import { ConfigError, type Environment, parseServiceConfig } from './config.ts';

const usable = {
  DATABASE_URL: 'postgresql://pooler:6432/chat',
  PGUSER: 'chatstack',
  REDIS_URL: 'redis://cache:6379',
};
const common = { ...usable, AUTH_MODE: 'jwt', JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'chat' };
const SECRET = '0123456789abcdef0123456789abcdef';

function faultsOf(environment: Environment): readonly string[] {
  try {
    parseServiceConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('AUTH_MODE=jwt', () => {
  test('takes a shared secret, with the one algorithm of secrets', () => {
    expect(parseServiceConfig({ ...common, JWT_SECRET: SECRET }).identity).toEqual({
      mode: 'jwt',
      keys: { secret: SECRET },
      algorithms: ['HS256'],
      issuer: 'https://issuer.test',
      audience: 'chat',
    });
  });

  test('takes the URL of a key set, with algorithms of key pairs alone', () => {
    const JWT_JWKS_URL = 'https://issuer.test/jwks.json';
    const usual = parseServiceConfig({ ...common, JWT_JWKS_URL }).identity;
    expect(usual).toMatchObject({ keys: { jwksUrl: JWT_JWKS_URL }, algorithms: ['RS256', 'ES256', 'EdDSA'] });
    const chosen = parseServiceConfig({ ...common, JWT_JWKS_URL, JWT_ALGORITHMS: 'PS256, ES384' }).identity;
    expect(chosen).toMatchObject({ algorithms: ['PS256', 'ES384'] });
  });

  test('says everything that is missing at once', () => {
    expect(faultsOf({ ...usable, AUTH_MODE: 'jwt', PORT: 'x' })).toEqual([
      'PORT: expected a whole number from 0 to 65535, found "x"',
      'JWT_JWKS_URL: expected the URL of a key set, or a JWT_SECRET, as AUTH_MODE is jwt, found nothing',
      'JWT_ISSUER: expected the claim iss of your tokens, as AUTH_MODE is jwt, found nothing',
      'JWT_AUDIENCE: expected the claim aud of your tokens, as AUTH_MODE is jwt, found nothing',
    ]);
  });

  test('refuses a secret under 32 bytes, and counts bytes, not characters', () => {
    const expected =
      'JWT_SECRET: expected at least 32 bytes, such as openssl rand -hex 32 makes, found something else (not shown)';
    expect(faultsOf({ ...common, JWT_SECRET: SECRET.slice(1) })).toEqual([expected]);
    expect(faultsOf({ ...common, JWT_SECRET: 'ü'.repeat(15) })).toEqual([expected]);
    expect(faultsOf({ ...common, JWT_SECRET: 'ü'.repeat(16) })).toEqual([]);
  });

  test('refuses algorithms that do not belong to the kind of key, and none', () => {
    const JWT_JWKS_URL = 'https://issuer.test/jwks.json';
    for (const JWT_ALGORITHMS of ['HS256', 'RS256,HS256', 'none', 'RS256,none', 'rs256', 'RS256,', '*']) {
      expect(faultsOf({ ...common, JWT_JWKS_URL, JWT_ALGORITHMS })).toEqual([
        expect.stringMatching(/^JWT_ALGORITHMS: /),
      ]);
    }
    for (const JWT_ALGORITHMS of ['RS256', 'HS512', 'HS256,ES256']) {
      expect(faultsOf({ ...common, JWT_SECRET: SECRET, JWT_ALGORITHMS })).toEqual([
        `JWT_ALGORITHMS: expected names out of HS256, with commas between them, found "${JWT_ALGORITHMS}"`,
      ]);
    }
  });

  test('refuses two sources of keys, and shows neither', () => {
    const faults = faultsOf({ ...common, JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://issuer.test/jwks.json' });
    expect(faults).toEqual(['JWT_SECRET: expected no value beside a JWT_JWKS_URL, found something else (not shown)']);
  });

  test('refuses what is no plain URL of a key set, and does not show it', () => {
    for (const JWT_JWKS_URL of [
      'issuer.test/keys-one',
      'file:///keys-one',
      'https://ann:keys-one@issuer.test/jwks.json',
    ]) {
      const faults = faultsOf({ ...common, JWT_JWKS_URL });
      expect(faults).toEqual([expect.stringMatching(/^JWT_JWKS_URL: expected a URL such as https:/)]);
      expect(faults.join()).not.toContain('keys-one');
    }
  });
});

describe('AUTH_MODE=development', () => {
  test('is what is meant when nothing is set', () => {
    expect(parseServiceConfig({ ...usable, AUTH_MODE: '' }).identity).toEqual({ mode: 'development' });
    expect(faultsOf({ ...usable, AUTH_MODE: 'none' })).toEqual([
      'AUTH_MODE: expected development or jwt, found "none"',
    ]);
  });

  test('does not start beside settings that show that tokens should be checked', () => {
    expect(faultsOf({ ...usable, JWT_SECRET: SECRET, JWT_ISSUER: 'https://issuer.test' })).toEqual([
      'JWT_SECRET: expected AUTH_MODE=jwt beside it, or no value, found something else (not shown)',
      'JWT_ISSUER: expected AUTH_MODE=jwt beside it, or no value, found "https://issuer.test"',
    ]);
  });
});

describe('RATE_LIMITS', () => {
  const jwt = { ...common, JWT_SECRET: SECRET };
  const areOn = (environment: Environment) => parseServiceConfig(environment).limits.areOn;

  test('are on where users are known, off where ids are chosen freely, unless they are set', () => {
    expect([areOn(jwt), areOn(usable)]).toEqual([true, false]);
    expect([areOn({ ...jwt, RATE_LIMITS: 'off' }), areOn({ ...usable, RATE_LIMITS: 'on' })]).toEqual([false, true]);
  });

  test('are scaled in percent', () => {
    expect(parseServiceConfig({ ...jwt, RATE_LIMIT_PERCENT: '250' }).limits).toEqual({ areOn: true, percent: 250 });
    expect(faultsOf({ ...jwt, RATE_LIMIT_PERCENT: '0', RATE_LIMITS: 'yes' })).toEqual([
      'RATE_LIMITS: expected on or off, found "yes"',
      'RATE_LIMIT_PERCENT: expected a whole number from 1 to 100000, found "0"',
    ]);
  });
});
