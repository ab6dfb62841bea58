import type { StackPlan } from '../../plan/stack-plan.ts';
import { renderBackup } from './backup.ts';
import { renderCertificates } from './certificates.ts';
import { renderService } from './chat-service.ts';
import { buildConfigMap } from './config-map.ts';
import type { KubernetesObjects, RenderOptions } from './manifest.ts';
import { renderMigration } from './migration.ts';
import { renderMonitoring } from './monitoring.ts';
import { renderNetworkPolicies } from './network-policies.ts';
import { renderPgbouncer } from './pgbouncer.ts';
import { renderPostgres } from './postgres.ts';
import { renderRedis } from './redis.ts';

/** Renders a plan as Kubernetes objects, complete and ready for server-side apply, in the order in which they are applied. */
export const renderKubernetes = (plan: StackPlan, options: RenderOptions): KubernetesObjects => ({
  policies: renderNetworkPolicies(plan, options),
  certificates: renderCertificates(plan, options),
  configuration: [
    ...(plan.postgres.mode === 'Managed' ? [buildConfigMap(plan, options, 'postgres', plan.postgres.files)] : []),
    ...(plan.placement.pgbouncer.runs ? [buildConfigMap(plan, options, 'pgbouncer', plan.pgbouncer.files)] : []),
    ...(plan.redis.mode === 'External' ? [] : [buildConfigMap(plan, options, 'redis', plan.redis.files)]),
    ...(plan.backup ? [buildConfigMap(plan, options, 'backup', plan.backup.files)] : []),
  ],
  data: [...renderPostgres(plan, options), ...renderPgbouncer(plan, options), ...renderRedis(plan, options)],
  monitoring: renderMonitoring(plan, options),
  migration: renderMigration(plan, options),
  service: renderService(plan, options),
  backup: renderBackup(plan, options),
});
