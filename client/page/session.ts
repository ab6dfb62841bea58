import { readSubject } from '../token.ts';

/** How callers prove who they are at this service. */
export type IdentityMode = 'development' | 'jwt';

/** Who uses the page. Kept for this window alone, so that two windows can be two people. */
export type Session = { readonly userId: string; readonly token?: string };

const SESSION = 'chatstack.session';
const RECENT = 'chatstack.recent';
const KEPT = 4;

/** The session of this window; undefined where nobody has signed in, or in another mode. */
export function readSession(mode: IdentityMode): Session | undefined {
  const session = parse<Session>(sessionStorage.getItem(SESSION));
  const fits = typeof session?.userId === 'string' && (session.token !== undefined) === (mode === 'jwt');
  return fits ? session : undefined;
}

/** Begins a session. */
export function writeSession(session: Session): void {
  sessionStorage.setItem(SESSION, JSON.stringify(session));
  if (session.token !== undefined) return; // who holds tokens may share this machine with others
  const others = recentUsers().filter((userId) => userId !== session.userId);
  localStorage.setItem(RECENT, JSON.stringify([session.userId, ...others].slice(0, KEPT)));
}

/** Ends the session. */
export function clearSession(): void {
  sessionStorage.removeItem(SESSION);
}

/** Who has used the page in this browser, the last one first. */
export function recentUsers(): string[] {
  const users = parse<unknown>(localStorage.getItem(RECENT));
  return Array.isArray(users) ? users.filter((user): user is string => typeof user === 'string') : [];
}

/** The session that a token makes; undefined where it does not say whom it is about. */
export function sessionOf(token: string): Session | undefined {
  const userId = readSubject(token);
  return userId ? { userId, token } : undefined;
}

/** The mode of the service that the page came from, as its index tells it. */
export async function askIdentityMode(baseUrl: string): Promise<IdentityMode> {
  const response = await fetch(baseUrl, { headers: { accept: 'application/json' } });
  const { identity } = (await response.json()) as { identity?: unknown };
  return identity === 'jwt' ? 'jwt' : 'development';
}

function parse<Value>(text: string | null): Value | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Value);
  } catch {
    return undefined; // something else wrote there: begin anew
  }
}
