import { imageUsers } from '../../plan/images.ts';
import type { ServicePlan, StackPlan } from '../../plan/stack-plan.ts';
import { renderAutoscaler } from './autoscaler.ts';
import { certificateMounts, externalAuthorityMounts } from './certificates.ts';
import { buildDeployment } from './deployment.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import type { PodInput } from './pod.ts';
import { buildProbes, byRequest } from './probes.ts';
import { renderRoutes } from './routes.ts';

/** `node --watch` starts again when a source file changes; the files are synced into the container. */
const watched = ([program = 'node', ...rest]: readonly string[]): readonly string[] => [program, '--watch', ...rest];

const buildPod = (plan: StackPlan, service: ServicePlan, development: boolean): PodInput => {
  const { port, metricsPort } = plan.placement.service;
  return {
    component: 'service',
    user: imageUsers.service,
    image: service.image,
    command: development ? watched(service.command) : service.command,
    environment: service.environment,
    resources: service.resources,
    ports: { http: port, metrics: metricsPort },
    mounts: [
      ...(development ? [] : [{ name: 'scratch', path: '/tmp', source: { emptyDir: { sizeLimit: '64Mi' } } }]),
      ...certificateMounts(plan),
      ...externalAuthorityMounts(plan, 'postgres', 'redis'),
    ],
    // The service itself keeps serving for a while after SIGTERM (SHUTDOWN_DELAY_SECONDS), so no preStop hook has to wait.
    probes: buildProbes(byRequest('/api/v1/health/ready', 'http'), byRequest('/api/v1/health/live', 'http'), 60),
    terminationGraceSeconds: service.terminationGraceSeconds,
    writableRoot: development,
    spread: true,
  };
};

/** The objects of the chat service. */
export const renderService = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { port, metricsPort } = plan.placement.service;
  return [
    buildNetworkService(plan, options, {
      name: childName(plan.name, 'service'),
      component: 'service',
      ports: { http: port, metrics: metricsPort },
    }),
    buildDeployment(plan, options, buildPod(plan, plan.service, options.development === true), {
      replicas: plan.service.scaling ?? plan.service.replicas,
      replace: 'overlap',
    }),
    buildDisruptionBudget(plan, options, 'service'),
    ...renderAutoscaler(plan, options),
    ...renderRoutes(plan, options),
  ];
};
