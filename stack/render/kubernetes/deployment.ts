import type { ScalingPlan, StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, buildSelector, childName, scaledAnnotation } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildPodTemplate, type PodInput } from './pod.ts';

/**
 * How the pods of a Deployment are replaced: the new one first; one by one, the new one while the old one drains; or the old one first
 * where two must not run.
 */
const strategies = {
  overlap: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  inTurn: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  recreate: { type: 'Recreate' },
} as const;

interface DeploymentForm {
  /** How many pods, or what decides that: then the number is the autoscaler's and stands in no manifest. */
  readonly replicas: number | ScalingPlan;
  readonly replace: keyof typeof strategies;
  /** How long a new pod must have been ready before the next one is replaced, in seconds. */
  readonly settleSeconds?: number;
}

/** A Deployment of a component. */
export const buildDeployment = (
  plan: StackPlan,
  options: RenderOptions,
  pod: PodInput,
  { replicas, replace, settleSeconds }: DeploymentForm,
): Manifest => {
  const name = childName(plan.name, pod.component);
  const metadata = buildMetadata(plan, options, { name, component: pod.component });
  const isFixed = typeof replicas === 'number';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: isFixed ? metadata : { ...metadata, annotations: { [scaledAnnotation]: String(replicas.minReplicas) } },
    spec: {
      ...(isFixed ? { replicas } : {}),
      revisionHistoryLimit: 2,
      ...(settleSeconds === undefined ? {} : { minReadySeconds: settleSeconds }),
      progressDeadlineSeconds: 300,
      selector: { matchLabels: buildSelector(plan.name, pod.component) },
      strategy: strategies[replace],
      template: buildPodTemplate(plan, options, pod),
    },
  };
};
