import type { ScalingPlan, StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/** One process less a minute: the WebSockets of each have time to find another, and a short lull ends none. */
const scaleDown = { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] };

const target = (plan: StackPlan) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: childName(plan.name, 'service'),
});

const metadataOf = (plan: StackPlan, options: RenderOptions) =>
  buildMetadata(plan, options, { name: childName(plan.name, 'service'), component: 'service' });

const buildHorizontal = (plan: StackPlan, options: RenderOptions, scaling: ScalingPlan): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: metadataOf(plan, options),
  spec: {
    scaleTargetRef: target(plan),
    minReplicas: scaling.minReplicas,
    maxReplicas: scaling.maxReplicas,
    metrics: [
      {
        type: 'Resource',
        resource: {
          name: 'cpu',
          target: { type: 'Utilization', averageUtilization: scaling.targetCPUUtilization },
        },
      },
    ],
    behavior: { scaleDown },
  },
});

const connectionTrigger = (plan: StackPlan, options: RenderOptions, scaling: ScalingPlan): readonly object[] => {
  const { connections } = scaling;
  if (connections === undefined) return [];
  const pods = `namespace="${options.namespace}",pod=~"${childName(plan.name, 'service')}-.*"`;
  return [
    {
      type: 'prometheus',
      metadata: {
        serverAddress: connections.prometheus,
        query: `sum(realtime_connections{${pods}})`,
        threshold: String(connections.perReplica),
      },
    },
  ];
};

/** KEDA keeps no process at all unless it is told to: minReplicaCount is 0 by itself. */
const buildScaledObject = (plan: StackPlan, options: RenderOptions, scaling: ScalingPlan): Manifest => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: metadataOf(plan, options),
  spec: {
    scaleTargetRef: target(plan),
    minReplicaCount: scaling.minReplicas,
    maxReplicaCount: scaling.maxReplicas,
    advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown } } },
    triggers: [
      { type: 'cpu', metricType: 'Utilization', metadata: { value: String(scaling.targetCPUUtilization) } },
      ...connectionTrigger(plan, options, scaling),
    ],
  },
});

/** What scales the service, if anything does. */
export const renderAutoscaler = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { scaling } = plan.service;
  if (scaling === undefined) return [];
  const build = scaling.engine === 'KEDA' ? buildScaledObject : buildHorizontal;
  return [build(plan, options, scaling)];
};
