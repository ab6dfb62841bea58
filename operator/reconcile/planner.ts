import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { operatorVersion } from '../version.ts';

/** What one version of the operator makes of a spec. */
export interface Planner {
  readonly version: string;
  readonly plan: typeof planStack;
  readonly render: typeof renderKubernetes;
}

/** This version's. */
export const ownPlanner: Planner = { version: operatorVersion, plan: planStack, render: renderKubernetes };
