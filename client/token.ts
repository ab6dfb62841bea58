/** A token, or a way to get one: called before each request and each connection, so it should keep what it got while that is valid. */
export type TokenSource = string | (() => Promise<string>);

/** The token of a source; undefined where there is no source, as in development mode. */
export async function readToken(source: TokenSource | undefined): Promise<string | undefined> {
  return typeof source === 'function' ? source() : source;
}

/**
 * When a JWT expires, in milliseconds since 1970; undefined where it does not say, or is none. Nothing is verified: this only tells
 * when to ask for the next one.
 */
export function readExpiry(token: string): number | undefined {
  const exp = readClaims(token)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1_000 : undefined;
}

/** Whom a JWT is about, as it says itself; undefined where it does not say, or is none. Nothing is verified: for display alone. */
export function readSubject(token: string): string | undefined {
  const sub = readClaims(token)?.sub;
  return typeof sub === 'string' ? sub : undefined;
}

function readClaims(token: string): Record<string, unknown> | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch {
    return undefined; // an opaque token is as good as a JWT: the service knows what it says
  }
}
