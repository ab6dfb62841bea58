import { RateLimited } from '../domain/errors.ts';
import { type LimitClass, type Limiter, UNLIMITED } from './limiter.ts';

/** A limiter that has each of its refusals counted, by the class that was used up. */
export function countRefusals(limiter: Limiter, count: (limit: LimitClass) => void): Limiter {
  if (limiter === UNLIMITED) return limiter;
  return {
    consume: (limit, userId) =>
      limiter.consume(limit, userId).catch((error: unknown) => {
        if (error instanceof RateLimited) count(limit);
        throw error;
      }),
    // What is refused here goes on to `consume`.
    consumeLocally: (limit, userId) => limiter.consumeLocally(limit, userId),
  };
}
