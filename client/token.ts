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
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return Number.isFinite(exp) ? exp * 1_000 : undefined;
  } catch {
    return undefined; // an opaque token is as good as a JWT: the service says when it is over
  }
}
