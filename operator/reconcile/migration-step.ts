import { credentialsAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { takesWrites } from '../status/cluster-state.ts';
import { summarizeComponent } from '../status/component-verdicts.ts';
import { type MigrationState, summarizeMigration } from '../status/migration-state.ts';
import { listOfStack, observeStack } from './children.ts';
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
  const state = summarizeMigration(job, listOfStack(work.tools.cacheOf(builtIn.pod), work.stack));
  switch (state.phase) {
    case 'complete':
      return { kind: 'done' };
    case 'failed':
      return isOfOtherPasswords(manifest, job) ? tryAgain(work, job) : stalled(state);
    case 'stuck':
      return stalled(state);
    default:
      return { kind: 'waiting', reason: 'Migrating', message: state.message };
  }
}

const stalled = ({ reason, message }: MigrationState): StepResult => ({ kind: 'stalled', reason, message });

/** Whether a Job ran with other passwords than those of today: what it failed of may be mended. */
function isOfOtherPasswords(manifest: KubernetesObject, job: KubernetesObject | undefined): job is KubernetesObject {
  const [wanted, found] = [manifest, job].map((each) => each?.metadata.annotations?.[credentialsAnnotation]);
  return found !== undefined && found !== wanted;
}

async function tryAgain(work: Work, job: KubernetesObject): Promise<StepResult> {
  const { uid, name } = job.metadata;
  const options = { propagationPolicy: 'Background', ...(uid === undefined ? {} : { uid }) } as const;
  await work.tools.client.delete(builtIn.job, keyOf(job), options);
  const message = `Job ${name} failed with passwords that have changed since; a new one follows`;
  work.tools.events.record(work.stack, 'Normal', 'MigrationRetried', message);
  return { kind: 'waiting', reason: 'Migrating', message };
}

/**
 * What a Job that needs Postgres waits for; undefined: nothing. An external Postgres has no workload to wait for: the Job itself waits for
 * the server, and fails with the reason. Of a Cluster it needs the primary alone: an instance that finds no room holds up no chat.
 */
export function waitForPostgres(work: Work): StepResult | undefined {
  if (work.plan.postgres.mode === 'External') return undefined;
  const { workloads, pods } = observeStack(work.tools.cacheOf, work.stack);
  const postgres = workloads.get('postgres');
  if (postgres?.kind === 'Cluster' && takesWrites(postgres)) return undefined;
  const state = summarizeComponent(
    postgres,
    pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/component'] === 'postgres'),
  );
  if (state.phase === 'ready') return undefined;
  return { kind: 'waiting', reason: 'PostgresStarting', message: `the migration waits for Postgres: ${state.message}` };
}
