import { randomUUID } from 'node:crypto';
import type { Next } from 'koa';
import type { ChatContext } from './context.ts';

// What a proxy in front may send; anything else could forge log lines.
const ACCEPTABLE = /^[\w.-]{1,64}$/;

/** The id of a request: the caller's X-Request-Id where it can be one, else a new one. */
export function chooseRequestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

/** Gives each request an id and answers it in X-Request-Id. */
export function requestId(context: ChatContext, next: Next): Promise<unknown> {
  const id = chooseRequestId(context.req.headers['x-request-id']);
  context.state.requestId = id;
  context.res.setHeader('X-Request-Id', id);
  return next();
}
