import type { StackPlan } from '../../plan/stack-plan.ts';
import { renderService } from './chat-service.ts';
import { buildConfigMap } from './config-map.ts';
import type { KubernetesObjects, RenderOptions } from './manifest.ts';
import { renderMigration } from './migration.ts';
import { renderPgbouncer } from './pgbouncer.ts';
import { renderPostgres } from './postgres.ts';
import { renderRedis } from './redis.ts';

/** Renders a plan as Kubernetes objects, complete and ready for server-side apply, in the order in which they are applied. */
export const renderKubernetes = (plan: StackPlan, options: RenderOptions): KubernetesObjects => ({
  configuration: [
    ...(plan.postgres.mode === 'Managed' ? [buildConfigMap(plan, options, 'postgres', plan.postgres.files)] : []),
    buildConfigMap(plan, options, 'pgbouncer', plan.pgbouncer.files),
    buildConfigMap(plan, options, 'redis', plan.redis.files),
  ],
  data: [...renderPostgres(plan, options), ...renderPgbouncer(plan, options), ...renderRedis(plan, options)],
  migration: renderMigration(plan, options),
  service: renderService(plan, options),
});
