import type { KubernetesObject } from '../runtime/object.ts';

/** How far the migration of the planned version has come. */
export interface MigrationState {
  readonly phase: 'absent' | 'running' | 'complete' | 'failed';
  readonly message: string;
}

interface JobStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  failed?: number;
}

/** The state of a migration Job by the conditions its controller sets. */
export function summarizeMigration(job: KubernetesObject | undefined): MigrationState {
  if (job === undefined) return { phase: 'absent', message: 'the migration Job is not created yet' };
  const name = job.metadata.name;
  const status = (job.status ?? {}) as JobStatus;
  const holds = (type: string) => status.conditions?.find((each) => each.type === type && each.status === 'True');
  const failed = holds('Failed');
  if (failed) {
    return {
      phase: 'failed',
      message:
        `Job ${name} failed (${failed.reason ?? 'no reason given'}: ${failed.message ?? 'no message'}); the running service stays as it is. ` +
        `See: kubectl logs job/${name}. To try again: kubectl delete job ${name}`,
    };
  }
  if (holds('Complete')) return { phase: 'complete', message: `Job ${name} completed` };
  const attempts = status.failed ? ` (${status.failed} attempts failed; see: kubectl logs job/${name})` : '';
  return { phase: 'running', message: `Job ${name} runs${attempts}` };
}
