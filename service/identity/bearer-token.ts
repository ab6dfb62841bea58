import type { IncomingMessage } from 'node:http';
import { Unauthenticated } from '../domain/errors.ts';

/** Longest token that is looked at, in characters. Node takes 16 KiB of headers in all. */
const LONGEST_TOKEN = 8_192;

// RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1).
const CREDENTIALS = /^Bearer +([\w.~+/-]+=*)$/i;

/**
 * The Authorization header of a request. Several are joined, so that they are refused: Node alone would take the first,
 * while a proxy before it may have looked at another.
 */
export function readAuthorization({ rawHeaders }: IncomingMessage): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    const value = rawHeaders[index + 1] as string;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

/** The token of an Authorization header. Throws Unauthenticated when there is none, or something else. */
export function readBearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new Unauthenticated('Expected a header Authorization: Bearer, found none.');
  if (authorization.length > LONGEST_TOKEN + 20) throw buildTooLong();
  const token = CREDENTIALS.exec(authorization)?.[1];
  if (token !== undefined) return token;
  const detail = 'Expected one header Authorization: Bearer with one token, found something else.';
  throw new Unauthenticated(detail, 'invalid_request');
}

/** The token that came in another way than a header, such as in a frame. Throws Unauthenticated. */
export function requireToken(token: string | undefined): string {
  if (token === undefined || token === '') throw new Unauthenticated('Expected a token, found none.');
  if (token.length > LONGEST_TOKEN) throw buildTooLong();
  return token;
}

function buildTooLong(): Unauthenticated {
  return new Unauthenticated(`Expected a token of at most ${LONGEST_TOKEN} characters, found more.`, 'invalid_token');
}
