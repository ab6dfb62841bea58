import type { Next } from 'koa';
import {
  ChatError,
  IdentityUnavailable,
  RateLimited,
  StorageUnavailable,
  type TokenFault,
  Unauthenticated,
} from '../domain/errors.ts';
import type { Fault } from '../domain/faults.ts';
import { describeMessage } from '../telemetry/error-fields.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ChatContext } from './context.ts';
import { buildProblemDocument, HttpProblem, PROBLEMS, type ProblemKind } from './problem.ts';

/** How long callers are asked to stay away while the database is away, in seconds. */
const RETRY_AFTER = 2;

/** What is told of an error. */
export type ErrorAnswer = {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
};

/** Turns whatever is thrown further in into a problem document. What nobody foresaw is logged and told to nobody. */
export function answerErrors(logger: Logger, traceId: () => string | undefined) {
  return async (context: ChatContext, next: Next): Promise<void> => {
    try {
      await next();
      if (context.status === 404 && context.body == null) throw buildUnknownRoute(context);
    } catch (error) {
      const answer = describeError(error);
      const { status } = PROBLEMS[answer.kind];
      logFailure(logger, error, answer, { requestId: context.state.requestId, traceId: traceId() });
      context.status = status;
      context.set(answer.headers);
      context.set('Cache-Control', 'no-store');
      context.body = JSON.stringify(
        buildProblemDocument(answer.kind, answer.detail, answer.faults, context.state.requestId),
      );
      context.set('Content-Type', 'application/problem+json; charset=utf-8');
    }
  };
}

type Ids = { readonly requestId: string; readonly traceId: string | undefined };

function logFailure(logger: Logger, error: unknown, { kind, detail }: ErrorAnswer, ids: Ids): void {
  if (kind === 'internal-error') logger.error({ err: error, ...ids }, detail);
  if (kind === 'storage-unavailable' || kind === 'identity-unavailable') {
    // Without a stack: there may be thousands of them.
    logger.warn({ reason: describeMessage((error as Error).cause), ...ids }, detail);
  }
}

/** What is told of an error, wherever it was thrown. */
export function describeError(error: unknown): ErrorAnswer {
  if (error instanceof HttpProblem) {
    return { kind: error.kind, detail: error.message, faults: error.faults, headers: error.headers };
  }
  if (error instanceof ChatError) {
    const faults = 'faults' in error ? (error.faults as readonly Fault[]) : [];
    return { kind: error.kind, detail: error.message, faults, headers: buildHeaders(error) };
  }
  const detail = 'Something went wrong that nobody foresaw; the log has it under this request id.';
  return { kind: 'internal-error', detail, faults: [], headers: {} };
}

/** What a client is told beside the document: how to prove who it is, when to come back. */
function buildHeaders(error: ChatError): Record<string, string> {
  if (error instanceof StorageUnavailable) return { 'Retry-After': String(RETRY_AFTER) };
  if (error instanceof IdentityUnavailable) return { 'Retry-After': String(error.retryAfterSeconds) };
  if (error instanceof Unauthenticated) return { 'WWW-Authenticate': buildChallenge(error.tokenFault) };
  if (!(error instanceof RateLimited)) return {};
  const { limit, retryAfterSeconds } = error;
  // The second in the form of draft-ietf-httpapi-ratelimit-headers: nothing remains, until so many seconds are over.
  return { 'Retry-After': String(retryAfterSeconds), RateLimit: `"${limit}";r=0;t=${retryAfterSeconds}` };
}

/** RFC 6750, section 3: a request without a token is told no error, so that it is not taken for a wrong token. */
function buildChallenge(tokenFault: TokenFault): string {
  return `Bearer realm="chat"${tokenFault ? `, error="${tokenFault}"` : ''}`;
}

/** The problem of a path that nothing answers. */
export function buildUnknownRoute(context: Pick<ChatContext, 'method' | 'path'>): HttpProblem {
  return new HttpProblem('unknown-route', `Expected a route of this service, found ${context.method} ${context.path}`);
}
