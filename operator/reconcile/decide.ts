import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import type { Fault } from '@chatstack/stack/api/fault.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { Budgets, StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { checkVolume } from './volume-rules.ts';

/** What is to be done with a stack. `budget`: the faults are of connections that can't fit, not of fields. */
export type Decided =
  | { readonly kind: 'apply'; readonly plan: StackPlan }
  | { readonly kind: 'suspended'; readonly plan: StackPlan | undefined }
  | { readonly kind: 'refused'; readonly of: 'spec' | 'budget'; readonly faults: readonly Fault[] }
  | { readonly kind: 'refused'; readonly of: 'volume'; readonly faults: readonly Fault[]; readonly plan: StackPlan };

/** What deciding needs besides the stack. */
export interface DecideInput {
  /** Image of the service for stacks that name none; `undefined`: the one of this version. */
  readonly serviceImage: string | undefined;
  /** The live volume of its Postgres, if there is one. */
  readonly volume: KubernetesObject | undefined;
}

/**
 * Parses the spec and plans the stack. A spec that API servers of today would refuse may still be stored from before, or have
 * come past validation: it is refused here with every fault. `suspend: true` counts even then, for it asks to leave all alone.
 */
export function decide(stack: KubernetesObject, input: DecideInput): Decided {
  const { name, namespace } = stack.metadata;
  const parsed = parseChatStackSpec(stack.spec);
  if (!parsed.ok)
    return asksToSuspend(stack) ? suspended(undefined) : { kind: 'refused', of: 'spec', faults: parsed.faults };
  const planned = planStack({
    name,
    namespace: namespace ?? '',
    spec: parsed.spec,
    placement: kubernetesPlacement(name),
    images: { ...defaultImages, ...(input.serviceImage === undefined ? {} : { service: input.serviceImage }) },
  });
  if (parsed.spec.suspend) return suspended(planned.ok ? planned.plan : undefined);
  if (!planned.ok) return { kind: 'refused', of: exceeds(planned.budgets) ? 'budget' : 'spec', faults: planned.faults };
  const faults = checkVolume(planned.plan, input.volume);
  return faults.length > 0
    ? { kind: 'refused', of: 'volume', faults, plan: planned.plan }
    : { kind: 'apply', plan: planned.plan };
}

const exceeds = (budgets: Budgets | undefined): boolean =>
  budgets !== undefined && (budgets.postgres.headroom < 0 || budgets.clients.headroom < 0);

const suspended = (plan: StackPlan | undefined): Decided => ({ kind: 'suspended', plan });

const asksToSuspend = (stack: KubernetesObject): boolean =>
  (stack.spec as { suspend?: unknown } | null | undefined)?.suspend === true;
