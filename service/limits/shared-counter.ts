import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnection } from '../cache/redis-connection.ts';
import type { Budget, LimitClass } from './budgets.ts';

type Definition = { readonly numberOfKeys: number; readonly lua: string };
type WithIncrement = {
  rlflxIncr?(keyAndArguments: readonly string[]): Promise<unknown>;
  defineCommand(name: string, definition: Definition): void;
};

/** Counts points; rejects with a RateLimiterRes when there is none left. */
export type Counter = Pick<RateLimiterMemory, 'consume'>;

/**
 * The counter of one budget, shared by all replicas through one script in Redis. While Redis is away each process counts
 * for itself. Without Redis it always does. A key is `limit:<class>:<user id>`; it lives for one window.
 */
export function createSharedCounter(limit: LimitClass, budget: Budget, redis: RedisConnection | undefined): Counter {
  const options = { keyPrefix: `limit:${limit}`, points: budget.points, duration: budget.seconds };
  const local = new RateLimiterMemory(options);
  if (!redis) return local;
  return new RateLimiterRedis({
    ...options,
    storeClient: buildStoreClient(redis),
    insuranceLimiter: local,
    inMemoryBlockOnConsumed: budget.points, // a flood costs Redis nothing: a used-up budget is remembered here
  });
}

/** What RateLimiterRedis takes for a client: the one script that it defines and runs, behind the circuit breaker. */
function buildStoreClient(redis: RedisConnection) {
  let script: Definition | undefined;
  return {
    defineCommand: (_name: string, definition: Definition) => {
      script = definition;
    },
    // If the answer comes too late, the point is counted all the same, which harms nobody.
    rlflxIncr: (keyAndArguments: readonly string[]) =>
      redis.run(async (client: WithIncrement) => {
        if (!client.rlflxIncr && script) client.defineCommand('rlflxIncr', script);
        return client.rlflxIncr?.(keyAndArguments);
      }),
  };
}
