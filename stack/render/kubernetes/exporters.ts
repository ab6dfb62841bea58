import { monitoringUsers } from '../../plan/images.ts';
import type { ExportersPlan } from '../../plan/monitoring-plan.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts, externalAuthorityMounts } from './certificates.ts';
import { buildDeployment } from './deployment.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildProbes, byRequest } from './probes.ts';

/**
 * The exporters of Postgres and Redis, in one pod. The old one goes before the new one comes: the budget has connections for one. Its
 * probes ask for the front page, since a scrape for each would ask Postgres as well.
 */
export const renderExporters = (
  plan: StackPlan,
  { postgres, redis }: ExportersPlan,
  options: RenderOptions,
): Manifest => {
  const front = byRequest('/', 'postgres');
  return buildDeployment(
    plan,
    options,
    {
      component: 'exporters',
      containerName: 'postgres',
      user: monitoringUsers.exporters,
      image: postgres.image,
      command: postgres.command,
      environment: postgres.environment,
      resources: postgres.resources,
      ports: { postgres: postgres.port },
      mounts: [...certificateMounts(plan), ...externalAuthorityMounts(plan, 'postgres')],
      probes: buildProbes(front, front, 60),
      terminationGraceSeconds: 10,
      others:
        redis === undefined
          ? []
          : [
              {
                ...redis,
                name: 'redis',
                ports: { redis: redis.port },
                mounts: [...certificateMounts(plan), ...externalAuthorityMounts(plan, 'redis')],
              },
            ],
    },
    { replicas: 1, replace: 'recreate' },
  );
};
