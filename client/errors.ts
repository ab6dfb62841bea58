/** One field that the service would not take: which one, and what it said about it. */
export type ProblemField = { field: string; detail: string };

/** The fields of an RFC 9457 problem document, as far as one was sent. */
export type Problem = {
  status: number;
  type: string;
  title: string;
  detail: string;
  errors: ProblemField[];
  /** How long the service asks callers to stay away, in seconds; absent when it did not ask. */
  retryAfterSeconds?: number;
};

/** The service answered, and the answer was no. Carries the problem document. */
export class ProblemError extends Error implements Problem {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: ProblemField[];
  readonly retryAfterSeconds?: number;

  constructor(request: string, problem: Problem) {
    const fields = problem.errors.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    super(`${request} was answered ${problem.status} ${problem.detail || problem.title}${fields && ` (${fields})`}`);
    this.status = problem.status;
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors;
    if (problem.retryAfterSeconds !== undefined) this.retryAfterSeconds = problem.retryAfterSeconds;
  }
}

/** No answer came: the name did not resolve, the connection was refused or broke, or the time was up. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** An answer came that is not this service's: another program listens at this address. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}
