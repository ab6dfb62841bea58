import type { KubernetesObject } from '../runtime/object.ts';
import { findPodTrouble } from './pod-trouble.ts';

/** How far the migration of the planned version has come. */
export interface MigrationState {
  /** stuck: it isn't given up, but its pod can't start (for want of its image, for example) or keeps failing. */
  readonly phase: 'absent' | 'running' | 'stuck' | 'complete' | 'failed';
  /** CamelCase, for conditions. */
  readonly reason: string;
  readonly message: string;
}

interface JobStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  failed?: number;
}

/** One failed attempt may be a hiccup; from this many on a person should look, though the Job goes on by itself. */
const manyFailures = 2;

/** The label by which the Job controller marks the pods of a Job. */
const jobLabel = 'batch.kubernetes.io/job-name';

/** The state of a migration Job by the conditions its controller sets, and what keeps its pods (found among `pods`) from starting. */
export function summarizeMigration(
  job: KubernetesObject | undefined,
  pods: readonly KubernetesObject[],
): MigrationState {
  if (job === undefined) return { phase: 'absent', reason: 'Waiting', message: 'the migration Job is not created yet' };
  const { name, namespace } = job.metadata;
  const flag = namespace ? ` -n ${namespace}` : '';
  const status = (job.status ?? {}) as JobStatus;
  const holds = (type: string) => status.conditions?.find((each) => each.type === type && each.status === 'True');
  const failed = holds('Failed');
  if (failed) {
    return {
      phase: 'failed',
      reason: 'MigrationFailed',
      message:
        `Job ${name} failed (${failed.reason ?? 'no reason given'}: ${failed.message ?? 'no message'}); the running service stays as it is. ` +
        `See: kubectl logs job/${name}${flag}. To try again when its cause is mended: kubectl delete job ${name}${flag}`,
    };
  }
  if (holds('Complete')) return { phase: 'complete', reason: 'Completed', message: `Job ${name} completed` };
  const trouble = findPodTrouble(pods.filter((pod) => pod.metadata.labels?.[jobLabel] === name));
  if (trouble) return { phase: 'stuck', reason: trouble.reason, message: `the migration: ${trouble.message}` };
  const failures = status.failed ?? 0;
  const attempts = failures > 0 ? ` (failed attempts: ${failures}; see: kubectl logs job/${name}${flag})` : '';
  return failures >= manyFailures
    ? { phase: 'stuck', reason: 'MigrationFailing', message: `Job ${name} fails and is tried again${attempts}` }
    : { phase: 'running', reason: 'Migrating', message: `Job ${name} runs${attempts}` };
}
