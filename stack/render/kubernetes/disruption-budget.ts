import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, buildSelector, type Component, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/**
 * A PodDisruptionBudget: a drained node takes one pod at a time. Said as "one may be missing" instead of "so many must stay", which
 * with one replica would hold up a drain for ever; pods that serve nobody anyway are never in the way.
 */
export const buildDisruptionBudget = (plan: StackPlan, options: RenderOptions, component: Component): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: buildMetadata(plan, options, { name: childName(plan.name, component), component }),
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: buildSelector(plan.name, component) },
  },
});
