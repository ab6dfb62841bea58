/** A server of a stack, and how it is entered. */
export interface PasswordServer {
  readonly host: string;
  readonly port: number;
  /** Tried one after the other: after an operator that was killed it isn't known which of two counts. */
  readonly passwords: readonly string[];
  /** Set: the connection is encrypted, and the certificate must be of this host name and by one of these authorities (PEM). */
  readonly tls?: { readonly servername: string; readonly ca: readonly string[] };
  /** Bound of the connection and of each command. */
  readonly timeoutMilliseconds: number;
}

/** What became of a change of its passwords: `refused`, it lets us in with none of them; `unreachable`, or it did not do it. */
export type ServerAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused' | 'unreachable'; readonly reason: string };

/** Enters with one password after the other until one is not refused. */
export async function enterWithAny(
  { passwords }: PasswordServer,
  enter: (password: string) => Promise<ServerAnswer>,
): Promise<ServerAnswer> {
  let answer: ServerAnswer = { kind: 'refused', reason: 'there is no password for it' };
  for (const password of new Set(passwords)) {
    answer = await enter(password);
    if (answer.kind !== 'refused') return answer;
  }
  return answer;
}
