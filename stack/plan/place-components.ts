import type { Placement } from './placement.ts';
import type { PlanInput } from './plan-input.ts';
import { placeRedis } from './redis-place.ts';

/** The placement of a stack as its spec wants it: without poolers where it wants none, with Redis where it is. */
export const placeComponents = (input: PlanInput): Placement => {
  const { spec, placement } = input;
  const elsewhere = placeRedis(input);
  return {
    ...placement,
    pgbouncer: { ...placement.pgbouncer, runs: placement.pgbouncer.runs && spec.pgbouncer.enabled },
    redis: elsewhere === undefined ? placement.redis : { ...placement.redis, ...elsewhere, runs: true },
  };
};
