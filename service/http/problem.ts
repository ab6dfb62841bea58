import type { Fault } from '../domain/faults.ts';

/** What went wrong, by the last part of its type URI, with the title and status that always go with it. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request breaks a rule' },
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'It is not known who asks' },
  'identity-mismatch': { status: 403, title: 'The userId is not the user of the token' },
  'origin-refused': { status: 403, title: 'Pages of this origin may not open a WebSocket' },
  'not-a-participant': { status: 403, title: 'The user takes no part in the conversation' },
  'not-an-owner': { status: 403, title: 'The user is no owner of the conversation' },
  'not-the-sender': { status: 403, title: 'The user did not send the message' },
  'conversation-not-found': { status: 404, title: 'There is no such conversation' },
  'message-not-found': { status: 404, title: 'There is no such message' },
  'unknown-route': { status: 404, title: 'There is no such route' },
  'method-not-allowed': { status: 405, title: 'The route does not know this method' },
  'client-message-id-reused': { status: 409, title: 'The client message id belongs to another message' },
  'client-conversation-id-reused': { status: 409, title: 'The client conversation id belongs to another group' },
  'direct-conversation-is-fixed': { status: 409, title: 'A direct conversation stays as it is' },
  'conversation-is-full': { status: 409, title: 'The conversation is full' },
  'message-is-deleted': { status: 409, title: 'The message was deleted' },
  'system-message-is-fixed': { status: 409, title: 'A SYSTEM message stays as it was written' },
  'too-many-reactions': { status: 409, title: 'The message has too many different reactions' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is of another media type' },
  'rate-limited': { status: 429, title: 'The user asks too often' },
  'search-too-broad': { status: 422, title: 'The search takes too long' },
  'internal-error': { status: 500, title: 'The service made a mistake' },
  'storage-unavailable': { status: 503, title: 'The database is away' },
  'no-room': { status: 503, title: 'This process takes no more connections now' },
  'identity-unavailable': { status: 503, title: 'The keys of the issuer are away' },
} as const;

/** Kind of a problem. */
export type ProblemKind = keyof typeof PROBLEMS;

/** Thrown by the HTTP layer itself; domain errors are mapped to kinds in `error-answers.ts`. */
export class HttpProblem extends Error {
  readonly kind: ProblemKind;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: { faults?: readonly Fault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.kind = kind;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The URI that names a kind of problem. */
export function typeOfProblem(kind: ProblemKind): string {
  return `tag:chatstack.dev,2026:problem:${kind}`;
}

/**
 * A problem document (RFC 9457). The type is a tag URI (RFC 4151): it names the kind and promises no page.
 * Each entry of `errors` names a field, what was expected and what was found; its `detail` is the same as a sentence.
 */
export function buildProblemDocument(kind: ProblemKind, detail: string, faults: readonly Fault[], requestId: string) {
  const { status, title } = PROBLEMS[kind];
  return {
    type: typeOfProblem(kind),
    title,
    status,
    detail,
    errors: faults.map(({ field, expected, found }) => ({
      field,
      expected,
      found,
      detail: `expected ${expected}, found ${found}`,
    })),
    requestId,
  };
}
