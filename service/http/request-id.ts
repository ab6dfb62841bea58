import { randomUUID } from 'node:crypto';
import type { Next } from 'koa';
import type { ChatContext } from './context.ts';

// What a proxy in front may send; anything else could forge log lines.
const ACCEPTABLE = /^[\w.-]{1,64}$/;

/** Gives each request an id, the caller's X-Request-Id where it has one, and answers it in the same header. */
export function requestId(context: ChatContext, next: Next): Promise<unknown> {
  const given = context.req.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
  context.state.requestId = id;
  context.res.setHeader('X-Request-Id', id);
  return next();
}
