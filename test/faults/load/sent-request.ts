import { ProblemError, UnreachableError } from '@chatstack/client/errors.ts';

/** Which clients there are: one kind tries once and sees every error, the other has the client's own retry policy. */
export const CLIENT_KINDS = ['plain', 'retrying'] as const;

/** Whether a client tries again. */
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** A request as its caller saw it. Times are milliseconds of `performance.now()`; without `end` it is under way. */
export type SentRequest = {
  readonly kind: 'read' | 'send';
  readonly client: ClientKind;
  readonly start: number;
  end?: number;
  /** What came instead of an answer, in few words. */
  error?: string;
};

/** The system's codes at the innermost cause say more than what is wrapped around them. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return codeOf(cause) ?? (typeof code === 'string' ? code : undefined);
}

/** Names an error so that equal ones can be counted: the problem that the service told, or how the connection failed. */
export function nameError(error: unknown): string {
  if (error instanceof ProblemError) {
    const problem = error.type.match(/[^:/#]+$/)?.[0];
    return problem && problem !== 'blank' ? `${error.status} ${problem}` : `${error.status}`;
  }
  if (!(error instanceof UnreachableError)) return `defect: ${String(error).slice(0, 200)}`;
  if (/expected an answer within/.test(error.message)) return 'no answer in time';
  const code = codeOf(error.cause);
  return code === 'UND_ERR_SOCKET' ? 'connection closed' : (code ?? error.message.slice(-80));
}
