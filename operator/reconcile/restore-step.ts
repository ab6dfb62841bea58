import type { Manifest } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { type RestoreRequest, renderRestore } from '@chatstack/stack/render/kubernetes/restore.ts';
import { phaseOf } from '../rotation/rotation-secret.ts';
import { buildControllerReference, controllerOf, type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { hasJobEnded } from '../status/job-state.ts';
import { type RestoreState, summarizeRestore } from '../status/restore-state.ts';
import { componentOf, optionalResources } from './child-kinds.ts';
import { hasPodEnded, observePods, observeStack } from './children.ts';
import { waitForPostgres } from './migration-step.ts';
import type { StepResult } from './step.ts';
import { applyTogether, manifestsOf, type Work } from './work.ts';

/**
 * Restores the backup that the annotation of the stack asks for.
 *
 *   stop the service ──no pod is left──▶ Job: load beside, migrate, change places, forget pages ──▶ the service starts
 *
 * What is to be done next follows from the pods and the Job that are there, so the operator may end at any moment. A Job that failed
 * has left the database as it was: the service starts again, and the status says why. Without the annotation, or with another one, a
 * Job that still runs is ended first; at every moment there is one whole database.
 */
export async function restoreBackup(work: Work): Promise<StepResult> {
  const state = summarizeRestore(work.stack, work.plan, observeStack(work.tools.cacheOf, work.stack));
  const manifest = state?.asked && renderJob(work, state.asked);
  const ending = await endOthers(work, manifest?.metadata.name);
  if (ending) return ending;
  if (state === undefined || manifest === undefined || isOver(state)) return startService(work);
  // For as long as an exchange of words with the servers takes, the Secret does not say which superuser's password counts.
  if (work.credentials && phaseOf(work.credentials) === 'Preparing') return { kind: 'done' };
  if (state.asked?.backup === 'finish') {
    if (!isThere(work, builtIn.job, manifest)) await applyTogether(work, [manifest]);
    return { kind: 'done' };
  }
  const pods = await stopService(work);
  if (pods > 0) return { kind: 'waiting', reason: 'Restoring', message: `${state.message}: ${pods} pods are left` };
  if (state.phase === 'Stopping') return begin(work, manifest);
  return state.stuck === undefined
    ? { kind: 'waiting', reason: 'Restoring', message: state.message }
    : { kind: 'stalled', reason: state.stuck, message: `the restore: ${state.message}` };
}

const isOver = ({ phase }: RestoreState): boolean => ['Complete', 'Failed', 'Refused'].includes(phase);

function renderJob(work: Work, request: RestoreRequest): Manifest | undefined {
  const { metadata } = work.stack;
  const owner = buildControllerReference(work.stack);
  return renderRestore(work.plan, { namespace: metadata.namespace ?? '', owner, credentialsRevision: '' }, request);
}

async function begin(work: Work, manifest: Manifest): Promise<StepResult> {
  const postgres = waitForPostgres(work);
  if (postgres) return postgres;
  // In a new stack the volume is not there yet, for backups come after the migration.
  const claims = manifestsOf(work).backup.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  await applyTogether(work, [...claims, manifest]);
  const message = `Job ${manifest.metadata.name} restores a backup; the service starts when it has ended`;
  work.tools.events.record(work.stack, 'Normal', 'RestoreStarted', message);
  return { kind: 'waiting', reason: 'Restoring', message };
}

/** Ends the Jobs of other requests that still run: two of them would load into one database. */
async function endOthers(work: Work, current: string | undefined): Promise<StepResult | undefined> {
  const { tools, stack } = work;
  const running = tools
    .cacheOf(builtIn.job)
    .listByOwner(stack.metadata.uid ?? '')
    .filter(
      (job) =>
        controllerOf(job)?.uid === stack.metadata.uid &&
        componentOf(job) === 'restore' &&
        job.metadata.name !== current &&
        !hasJobEnded(job),
    );
  if (running.length === 0) return undefined;
  for (const job of running.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    const { uid } = job.metadata;
    // In the foreground: it is there until its pods are gone.
    const options = { propagationPolicy: 'Foreground', ...(uid === undefined ? {} : { uid }) } as const;
    await tools.client.delete(builtIn.job, keyOf(job), options);
  }
  return {
    kind: 'waiting',
    reason: 'Restoring',
    message: `Job ${running[0]?.metadata.name} ends: it is asked for no more`,
  };
}

/** Brings the service to no replicas, and away what would scale it; answers how many of its pods are left. */
async function stopService(work: Work): Promise<number> {
  const { tools, stack } = work;
  const { service } = manifestsOf(work);
  for (const resource of autoscalers) {
    for (const manifest of service.filter((each) => isOf(each, resource) && isThere(work, resource, each))) {
      await tools.client.delete(resource, keyOf(manifest as KubernetesObject));
    }
  }
  const deployments = service.filter((each) => isOf(each, builtIn.deployment));
  const live = deployments.filter((each) => isThere(work, builtIn.deployment, each));
  await applyTogether(
    work,
    live.map((each) => ({ ...each, spec: { ...(each.spec as object), replicas: 0 } })),
  );
  return observePods(tools.cacheOf, stack, 'service').filter((pod) => !hasPodEnded(pod)).length;
}

/** What is scaled by somebody else is left at no replicas by an apply that does not say how many. */
async function startService(work: Work): Promise<StepResult> {
  for (const manifest of manifestsOf(work).service.filter((each) => isOf(each, builtIn.deployment))) {
    const live = liveOf(work, builtIn.deployment, manifest);
    const asked = (manifest.spec as { replicas?: number }).replicas;
    if (asked === undefined && (live?.spec as { replicas?: number } | undefined)?.replicas === 0)
      await work.tools.client.patch(builtIn.deployment, keyOf(live as KubernetesObject), { spec: { replicas: 1 } });
  }
  return { kind: 'done' };
}

/** Kinds that scale a workload, an idle one among them. */
const autoscalers: readonly Resource[] = [
  builtIn.horizontalPodAutoscaler,
  ...optionalResources.filter(({ kind }) => kind === 'ScaledObject'),
];

const isOf = (manifest: Manifest, resource: Resource): boolean => manifest.kind === resource.kind;

const liveOf = (work: Work, resource: Resource, manifest: Manifest): KubernetesObject | undefined =>
  work.tools.cacheOf.optional(resource)?.get(keyOf(manifest as KubernetesObject));

const isThere = (work: Work, resource: Resource, manifest: Manifest): boolean =>
  liveOf(work, resource, manifest) !== undefined;
