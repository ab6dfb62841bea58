import type Koa from 'koa';
import { describeFound } from '../domain/faults.ts';
import { HttpProblem } from './problem.ts';

/**
 * Answers 400 where the target of a request is no URL, such as `http://[`. Koa parses it when somebody first asks for the
 * path, and throws what nobody would foresee.
 */
export const refuseMalformedTarget: Koa.Middleware = (context, next) => {
  if (canRead(context)) return next();
  const fault = { field: 'URL', expected: 'a URL', found: describeFound(context.url) };
  throw new HttpProblem('invalid-request', `Expected ${fault.expected}, found ${fault.found}`, { faults: [fault] });
};

function canRead(context: Koa.Context): boolean {
  try {
    return typeof context.path === 'string';
  } catch {
    return false;
  }
}
