import { randomBytes } from 'node:crypto';
import { listCommandAnnotation } from '@chatstack/stack/render/kubernetes/backup.ts';
import { isNotFound } from '../runtime/api-error.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { hasJobEnded, type JobState, jobLabel, summarizeJob } from '../status/job-state.ts';
import { awaitObject } from './await-object.ts';
import type { Place } from './cluster-options.ts';
import { CommandError } from './command.ts';

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly object[]; readonly initContainers?: unknown } };
  };
}

/** Seconds after which the Job of a list goes by itself, should the command end before it deletes it. */
const listLife = 300;

/** The CronJob of a stack's backups. Throws a CommandError when it has none. */
export async function findCronJob({ cluster, namespace }: Place, stack: string): Promise<KubernetesObject> {
  try {
    return await cluster.client.get(builtIn.cronJob, { namespace, name: `${stack}-backup` });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CommandError(
      'refused',
      `expected a ChatStack ${stack} with backups in namespace ${namespace}, found no CronJob ${stack}-backup; set spec.postgres.backup`,
    );
  }
}

/** A Job that makes one backup now, as the CronJob would; it counts among the CronJob's own. */
export function buildBackupJob(cronJob: KubernetesObject): KubernetesObject {
  const { jobTemplate } = cronJob.spec as { jobTemplate: Template };
  const { name, namespace = '', uid = '' } = cronJob.metadata;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true, blockOwnerDeletion: false };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${name}-${randomBytes(3).toString('hex')}`,
      namespace,
      labels: { ...jobTemplate.metadata?.labels },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [owner],
    },
    spec: jobTemplate.spec,
  };
}

/** A Job whose log is the list of backups. It is nobody's: the operator does not take it for a backup. */
export function buildListJob(cronJob: KubernetesObject): KubernetesObject {
  const { jobTemplate } = cronJob.spec as { jobTemplate: Template };
  const command = JSON.parse(cronJob.metadata.annotations?.[listCommandAnnotation] ?? 'null') as string[] | null;
  if (command === null)
    throw new CommandError(
      'refused',
      `expected annotation ${listCommandAnnotation} on CronJob ${cronJob.metadata.name}`,
    );
  const { template } = jobTemplate.spec;
  const { initContainers: _, ...pod } = template.spec;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-list-${randomBytes(3).toString('hex')}`,
      namespace: cronJob.metadata.namespace ?? '',
    },
    spec: {
      ...jobTemplate.spec,
      backoffLimit: 0,
      activeDeadlineSeconds: 900,
      ttlSecondsAfterFinished: listLife,
      template: { ...template, spec: { ...pod, containers: pod.containers.map((each) => ({ ...each, command })) } },
    },
  };
}

/** Follows a Job to its end; undefined when the signal aborted first. */
export async function followJob(
  { cluster }: Place,
  job: KubernetesObject,
  signal: AbortSignal,
): Promise<{ readonly state: JobState; readonly pods: readonly KubernetesObject[] } | undefined> {
  const { name, namespace = '' } = job.metadata;
  const awaited = { resource: builtIn.job, key: { namespace, name }, holds: hasJobEnded };
  const ended = await awaitObject(cluster.client, awaited, signal);
  if (ended === undefined) return undefined;
  const pods = await cluster.client.list(builtIn.pod, { namespace, labels: { [jobLabel]: name } });
  return { state: summarizeJob(ended, pods.items), pods: pods.items };
}
