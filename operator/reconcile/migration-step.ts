import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { summarizeWorkload } from '../status/component-state.ts';
import { summarizeMigration } from '../status/migration-state.ts';
import { observeStack } from './children.ts';
import type { StepResult } from './step.ts';
import { applyTogether, manifestsOf, type Work } from './work.ts';

/**
 * Brings the database to the planned version by a Job of its own name for each version. It starts once Postgres is ready;
 * one that completed counts whatever Postgres does now, so that a restart of the database doesn't hold up the service.
 */
export async function ensureMigration(work: Work): Promise<StepResult> {
  const manifest = manifestsOf(work).migration as KubernetesObject;
  const { name, namespace } = manifest.metadata;
  const existing = work.tools.cacheOf(builtIn.job).get({ name, namespace: namespace ?? '' });
  if (existing?.metadata.deletionTimestamp !== undefined) {
    return { kind: 'waiting', reason: 'Migrating', message: `Job ${name} is being deleted; a new one follows` };
  }
  // A Job's template can't change, so one that exists is never applied again.
  if (existing === undefined) {
    const postgres = waitForPostgres(work);
    if (postgres) return postgres;
  }
  const job = existing ?? (await applyTogether(work, [manifest]))[0];
  const state = summarizeMigration(job);
  switch (state.phase) {
    case 'complete':
      return { kind: 'done' };
    case 'failed':
      return { kind: 'stalled', reason: 'MigrationFailed', message: state.message };
    default:
      return { kind: 'waiting', reason: 'Migrating', message: state.message };
  }
}

/** An external Postgres has no workload to wait for: the Job itself waits for the server, and fails with the reason. */
function waitForPostgres(work: Work): StepResult | undefined {
  if (work.plan.postgres.mode === 'External') return undefined;
  const { workloads, pods } = observeStack(work.tools.cacheOf, work.stack);
  const state = summarizeWorkload(
    workloads.get('postgres'),
    pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/component'] === 'postgres'),
  );
  if (state.phase === 'ready') return undefined;
  return { kind: 'waiting', reason: 'PostgresStarting', message: `the migration waits for Postgres: ${state.message}` };
}
