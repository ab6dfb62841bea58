import { createSecretKey } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { JwtConfig } from '../config/identity-config.ts';
import { ChatError, Unauthenticated } from '../domain/errors.ts';
import { ID_EXPECTED, isId } from '../domain/text.ts';
import { RemoteKeys } from './remote-keys.ts';
import type { VerifiedToken } from './verified-tokens.ts';

/** How far the clocks of issuer and service may be apart, in seconds. */
const CLOCK_TOLERANCE = 5;

/** Finds out what a token proves. Throws Unauthenticated or IdentityUnavailable. */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/** Makes a verifier of tokens: signature, algorithm, issuer, audience, times, and a subject that may be a user's id. */
export function createTokenVerifier(
  config: JwtConfig,
  tell: (message: string) => void,
  now: () => number,
): VerifyToken {
  const getKey = createKeyFinder(config, tell, now);
  const options = {
    algorithms: [...config.algorithms],
    issuer: config.issuer,
    audience: config.audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE,
  };
  return async (token) => {
    try {
      return readPayload(await verify(token, getKey, { ...options, currentDate: new Date(now()) }));
    } catch (error) {
      throw error instanceof ChatError ? error : new Unauthenticated(describe(error), 'invalid_token', error);
    }
  };
}

function createKeyFinder({ keys }: JwtConfig, tell: (message: string) => void, now: () => number): JWTVerifyGetKey {
  if ('jwksUrl' in keys) return new RemoteKeys(keys.jwksUrl, tell, now).find;
  const secret = createSecretKey(keys.secret, 'utf8');
  return () => Promise.resolve(secret);
}

async function verify(token: string, getKey: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, getKey, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return verifyWithEach(token, error, options);
  }
}

/** For a token that does not say which one of several keys (as during a rotation) signed it. */
async function verifyWithEach(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let refusal: unknown = keys;
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      refusal = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw refusal;
}

function readPayload({ sub, exp }: JWTPayload): VerifiedToken {
  if (typeof sub !== 'string' || !isId(sub)) {
    throw new Unauthenticated(`Expected a token whose sub is ${ID_EXPECTED}, found another.`, 'invalid_token');
  }
  return { userId: sub, expiresAt: (exp as number) * 1_000 };
}

/** Says what is wrong with a token, and nothing of what it holds. */
function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'Expected a token that goes on, found one that has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const state = error.reason === 'missing' ? 'one without it' : 'another value';
    return `Expected a token whose claim ${error.claim} fits this service, found ${state}.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'Expected a token signed in a way that is allowed here.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'Expected a token signed with a key of the issuer.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'Expected a token whose signature holds.';
  return 'Expected a signed JSON Web Token, found something else.';
}
