import { imageUsers } from '../../plan/images.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts, externalAuthorityMounts } from './certificates.ts';
import { buildDeployment } from './deployment.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount, memoryMount } from './pod.ts';
import { buildProbes, byConnection } from './probes.ts';

/**
 * How long a pooler may take to drain at most, in seconds: 3 until nobody comes any more, then transactions under way. As long does a
 * new pooler serve before the next one is replaced, and a successor starts when its forerunner drains: so there is never more than one
 * pooler beside those that are asked for, which is what the connection budget counts.
 */
const drainSeconds = 20;

/**
 * The objects of the poolers, where there are any. A changed pool size changes the ConfigMap and not the pod template: RELOAD brings it into force.
 */
export const renderPgbouncer = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { pgbouncer, placement, monitoring } = plan;
  if (!placement.pgbouncer.runs) return [];
  const exporter = monitoring?.exporters?.pgbouncer;
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
          ...certificateMounts(plan, 'pgbouncer'),
          ...externalAuthorityMounts(plan, 'postgres'),
        ],
        probes,
        terminationGraceSeconds: drainSeconds,
        restartHash: pgbouncer.restartHash,
        spread: true,
        others: exporter === undefined ? [] : [{ ...exporter, name: 'exporter', ports: { metrics: exporter.port } }],
      },
      {
        replicas: pgbouncer.replicas,
        replace: pgbouncer.replicas > 1 ? 'inTurn' : 'overlap',
        settleSeconds: drainSeconds,
      },
    ),
    buildDisruptionBudget(plan, options, 'pgbouncer'),
  ];
};
