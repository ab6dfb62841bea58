import { imageUsers } from '../../plan/images.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildDeployment } from './deployment.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount, memoryMount } from './pod.ts';
import { buildProbes, byConnection } from './probes.ts';

/**
 * The objects of the poolers. A changed pool size changes the ConfigMap and not the pod template: RELOAD brings it into force.
 */
export const renderPgbouncer = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { pgbouncer, placement } = plan;
  const ports = { pgbouncer: placement.pgbouncer.port };
  const name = childName(plan.name, 'pgbouncer');
  // A login asked for every second would cost more than the queries; a connection tells enough.
  const probes = buildProbes(byConnection('pgbouncer'), byConnection('pgbouncer'), 60);
  return [
    buildNetworkService(plan, options, { name, component: 'pgbouncer', ports }),
    buildDeployment(
      plan,
      options,
      {
        component: 'pgbouncer',
        user: imageUsers.pgbouncer,
        image: pgbouncer.image,
        command: ['sh', `${placement.pgbouncer.configFolder}/drain.sh`],
        environment: pgbouncer.environment,
        resources: pgbouncer.resources,
        ports,
        mounts: [
          configurationMount(name, placement.pgbouncer.configFolder),
          memoryMount('run', placement.pgbouncer.runFolder, '1Mi'),
        ],
        probes,
        terminationGraceSeconds: 30,
        restartHash: pgbouncer.restartHash,
        spread: true,
      },
      { replicas: pgbouncer.replicas, replace: 'overlap' },
    ),
    buildDisruptionBudget(plan, options, 'pgbouncer'),
  ];
};
