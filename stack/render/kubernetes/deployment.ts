import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, buildSelector, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildPodTemplate, type PodInput } from './pod.ts';

/** How the pods of a Deployment are replaced: the new one first, or the old one first where two must not run. */
const strategies = {
  overlap: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  recreate: { type: 'Recreate' },
} as const;

/** A Deployment of a component. */
export const buildDeployment = (
  plan: StackPlan,
  options: RenderOptions,
  pod: PodInput,
  { replicas, replace }: { readonly replicas: number; readonly replace: keyof typeof strategies },
): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: buildMetadata(plan, options, { name: childName(plan.name, pod.component), component: pod.component }),
  spec: {
    replicas,
    revisionHistoryLimit: 2,
    progressDeadlineSeconds: 300,
    selector: { matchLabels: buildSelector(plan.name, pod.component) },
    strategy: strategies[replace],
    template: buildPodTemplate(plan, options, pod),
  },
});
