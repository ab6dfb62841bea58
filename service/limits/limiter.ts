import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisConnection } from '../cache/redis-connection.ts';
import type { LimitsConfig } from '../config/config.ts';
import { RateLimited } from '../domain/errors.ts';
import { BUDGETS, type LimitClass, scaleBudget } from './budgets.ts';
import { LocalWindow } from './local-window.ts';
import { type Counter, createSharedCounter } from './shared-counter.ts';

export type { LimitClass } from './budgets.ts';

/** Holds users to their budgets. */
export type Limiter = {
  /** Takes one point of the user's budget for a class; throws RateLimited when there is none. Never fails because Redis is away. */
  consume(limit: LimitClass, userId: string): Promise<void>;
  /** Takes a point of a budget of this process alone, for answers out of its memory; false when there is none. */
  consumeLocally(limit: LimitClass, userId: string): boolean;
};

type Parts = { readonly shared: Counter; readonly local: LocalWindow };

/** Limits nobody. */
export const UNLIMITED: Limiter = { consume: async () => undefined, consumeLocally: () => true };

/**
 * Makes a limiter. Redis is asked through its circuit breaker, so a request waits for it 100 ms at most; a user whose
 * local budget is used up is refused here without asking it. `now` tells milliseconds of a clock that does not jump.
 */
export function createLimiter(
  config: LimitsConfig,
  redis: RedisConnection | undefined,
  now = () => performance.now(),
): Limiter {
  if (!config.areOn) return UNLIMITED;
  const build = (limit: LimitClass): Parts => {
    const budget = scaleBudget(BUDGETS[limit], config.percent);
    return { shared: createSharedCounter(limit, budget, redis), local: new LocalWindow(budget, now) };
  };
  const classes = Object.fromEntries(
    (Object.keys(BUDGETS) as LimitClass[]).map((limit) => [limit, build(limit)]),
  ) as Record<LimitClass, Parts>;
  return {
    consume: async (limit, userId) => {
      const { shared, local } = classes[limit];
      const wait = local.msUntilPoint(userId);
      if (wait > 0) throw buildRefusal(limit, wait);
      await shared.consume(userId).catch((refusal: unknown) => {
        throw refusal instanceof RateLimiterRes ? buildRefusal(limit, refusal.msBeforeNext) : refusal;
      });
    },
    consumeLocally: (limit, userId) => classes[limit].local.take(userId),
  };
}

function buildRefusal(limit: LimitClass, ms: number): RateLimited {
  return new RateLimited(limit, Math.max(1, Math.ceil(ms / 1_000)));
}
