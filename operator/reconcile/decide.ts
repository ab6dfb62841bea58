import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import type { Fault } from '@chatstack/stack/api/fault.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import type { Observed } from '@chatstack/stack/plan/plan-input.ts';
import type { Budgets, StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { followRecord, type Kept } from './follow-record.ts';
import { checkImage } from './image-rules.ts';
import { ownPlanner, type Planner } from './planner.ts';
import type { StackRecord } from './stack-record.ts';
import { checkVolumes } from './volume-rules.ts';

/**
 * What is to be done with a stack. `budget`: the faults are of connections that can't fit, not of fields; `version`: a newer operator
 * planned it. `kept`: nobody asked for a new plan since it was recorded.
 */
export type Decided =
  | { readonly kind: 'apply'; readonly plan: StackPlan; readonly kept?: Kept }
  | { readonly kind: 'suspended'; readonly plan: StackPlan | undefined }
  | { readonly kind: 'refused'; readonly of: 'spec' | 'budget' | 'version'; readonly faults: readonly Fault[] }
  | { readonly kind: 'refused'; readonly of: 'volume'; readonly faults: readonly Fault[]; readonly plan: StackPlan };

/** What deciding needs besides the stack. */
export interface DecideInput {
  /** Image of the service for stacks that name none; `undefined`: the one of this version. */
  readonly serviceImage: string | undefined;
  /** The live volume of its Postgres, if there is one. */
  readonly volume: KubernetesObject | undefined;
  /** The live volume of its backups, if there is one. */
  readonly backupVolume?: KubernetesObject | undefined;
  /** The live volume of its Prometheus, if there is one. */
  readonly prometheusVolume?: KubernetesObject | undefined;
  /** The StatefulSet of its Postgres, if there is one. */
  readonly postgres?: KubernetesObject | undefined;
  /** What was seen of the cluster. */
  readonly observed: Observed;
  /** How the stack was planned last; unset: never, or it is to be planned anew in any case. */
  readonly record?: StackRecord | undefined;
  /** Unset: this version's. */
  readonly planner?: Planner;
}

/**
 * What is to be done with a stack, its record considered. Waits for nothing but the content of a record that this version would not have
 * made; throws what that read failed with.
 */
export function decide(stack: KubernetesObject, input: DecideInput): Promise<Decided> {
  return followRecord({
    stack,
    record: input.record,
    planner: input.planner ?? ownPlanner,
    decide: (observed = input.observed) => decideAnew(stack, { ...input, observed }),
  });
}

/**
 * Parses the spec and plans the stack as this version does. A spec that API servers of today would refuse may still be stored from before, or
 * have come past validation: it is refused here with every fault. `suspend: true` counts even then, for it asks to leave all alone.
 */
export function decideAnew(stack: KubernetesObject, { planner = ownPlanner, ...input }: DecideInput): Decided {
  const { name, namespace } = stack.metadata;
  const parsed = parseChatStackSpec(stack.spec);
  if (!parsed.ok)
    return asksToSuspend(stack) ? suspended(undefined) : { kind: 'refused', of: 'spec', faults: parsed.faults };
  const planned = planner.plan({
    name,
    namespace: namespace ?? '',
    spec: parsed.spec,
    placement: kubernetesPlacement(name),
    observed: input.observed,
    images: { ...defaultImages, ...(input.serviceImage === undefined ? {} : { service: input.serviceImage }) },
  });
  if (parsed.spec.suspend) return suspended(planned.ok ? planned.plan : undefined);
  if (!planned.ok) return { kind: 'refused', of: exceeds(planned.budgets) ? 'budget' : 'spec', faults: planned.faults };
  const faults = [...checkVolumes(planned.plan, input), ...checkImage(planned.plan, input.postgres)];
  return faults.length > 0
    ? { kind: 'refused', of: 'volume', faults, plan: planned.plan }
    : { kind: 'apply', plan: planned.plan };
}

const exceeds = (budgets: Budgets | undefined): boolean =>
  budgets !== undefined && (budgets.postgres.headroom < 0 || budgets.clients.headroom < 0);

const suspended = (plan: StackPlan | undefined): Decided => ({ kind: 'suspended', plan });

const asksToSuspend = (stack: KubernetesObject): boolean =>
  (stack.spec as { suspend?: unknown } | null | undefined)?.suspend === true;
