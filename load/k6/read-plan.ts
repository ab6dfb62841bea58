import type { K6Plan } from './k6-plan.ts';

/** The plan of this run, of that kind. */
export function readPlan<Kind extends K6Plan['kind']>(kind: Kind): K6Plan & { readonly kind: Kind } {
  const plan = JSON.parse(__ENV.LOAD_PLAN ?? '{}') as K6Plan;
  if (plan.kind !== kind) throw new Error(`expected a plan of kind ${kind} in LOAD_PLAN, found ${plan.kind}`);
  return plan as K6Plan & { readonly kind: Kind };
}
