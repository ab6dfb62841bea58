import type { Next } from 'koa';
import { ChatError, ClientMessageIdReused, InvalidRequest } from '../domain/errors.ts';
import type { Fault } from '../domain/faults.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ChatContext } from './context.ts';
import { buildProblemDocument, HttpProblem, PROBLEMS, type ProblemKind } from './problem.ts';

/** How long callers are asked to stay away while the database is away, in seconds. */
const RETRY_AFTER = 2;

type Answer = {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
};

/** Turns whatever is thrown further in into a problem document. What nobody foresaw is logged and told to nobody. */
export function answerErrors(logger: Logger) {
  return async (context: ChatContext, next: Next): Promise<void> => {
    try {
      await next();
      if (context.status === 404 && context.body == null) throw buildUnknownRoute(context);
    } catch (error) {
      const answer = describeError(error);
      const { status } = PROBLEMS[answer.kind];
      logFailure(logger, error, answer, context.state.requestId);
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

function logFailure(logger: Logger, error: unknown, { kind, detail }: Answer, requestId: string): void {
  if (kind === 'internal-error') logger.error({ err: error, requestId }, detail);
  if (kind === 'storage-unavailable') {
    const { cause } = error as Error; // without a stack: there may be thousands of them
    logger.warn({ reason: cause instanceof Error ? cause.message : String(cause), requestId }, detail);
  }
}

function describeError(error: unknown): Answer {
  if (error instanceof HttpProblem) {
    return { kind: error.kind, detail: error.message, faults: error.faults, headers: error.headers };
  }
  if (error instanceof ChatError) {
    const hasFaults = error instanceof InvalidRequest || error instanceof ClientMessageIdReused;
    const faults = hasFaults ? error.faults : [];
    const headers: Record<string, string> =
      error.kind === 'storage-unavailable' ? { 'Retry-After': String(RETRY_AFTER) } : {};
    return { kind: error.kind, detail: error.message, faults, headers };
  }
  const detail = 'Something went wrong that nobody foresaw; the log has it under this request id.';
  return { kind: 'internal-error', detail, faults: [], headers: {} };
}

function buildUnknownRoute(context: ChatContext): HttpProblem {
  return new HttpProblem('unknown-route', `Expected a route of this service, found ${context.method} ${context.path}`);
}
