import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import {
  parseRestoreRequest,
  type RestoreRequest,
  restoreAnnotation,
  restoreJobName,
} from '@chatstack/stack/render/kubernetes/restore.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { summarizeJob } from './job-state.ts';
import type { ObservedStack } from './observed-stack.ts';
import type { StackStatus, Verdict } from './stack-status.ts';

type RestoreStatus = NonNullable<StackStatus['restore']>;

/**
 * How far the restore is that a stack's annotation asks for; undefined when it asks for none.
 *
 *   Stopping ──no pod of the service is left──▶ Restoring ──its Job──▶ Complete | Failed      Refused: it can not be begun
 */
export type RestoreState = RestoreStatus & { readonly asked?: RestoreRequest; readonly stuck?: string };

/** What the annotation of a stack, its plan and the Job of the restore come to. One that was seen complete is not begun again. */
export function summarizeRestore(
  stack: KubernetesObject,
  plan: StackPlan,
  observed: Pick<ObservedStack, 'jobs' | 'pods'>,
): RestoreState | undefined {
  const request = stack.metadata.annotations?.[restoreAnnotation];
  if (request === undefined) return undefined;
  const former = (stack.status as StackStatus | undefined)?.restore;
  if (former?.request === request && former.phase === 'Complete') return former;
  const asked = parseRestoreRequest(request);
  if (asked === undefined) return { request, phase: 'Refused', message: explainForm(request) };
  if (plan.backup === undefined) return { request, phase: 'Refused', message: explainNoBackups };
  const job = observed.jobs.find(({ metadata }) => metadata.name === restoreJobName(plan, asked));
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) {
    const isFinish = asked.backup === 'finish';
    return isFinish
      ? { request, asked, phase: 'Restoring', message: 'the replaced database is about to be deleted' }
      : { request, asked, phase: 'Stopping', message: `the service stops, for ${asked.backup} is to be restored` };
  }
  return { request, asked, ...describeJob(asked, job, observed.pods) };
}

function describeJob(
  { backup }: RestoreRequest,
  job: KubernetesObject,
  pods: readonly KubernetesObject[],
): Pick<RestoreState, 'phase' | 'message' | 'stuck'> {
  const state = summarizeJob(job, pods);
  const { name, namespace } = job.metadata;
  switch (state.phase) {
    case 'complete':
      return backup === 'finish'
        ? { phase: 'Complete', message: 'the database that a restore replaced is deleted' }
        : {
            phase: 'Complete',
            message: `${backup} is restored; what it replaced is kept until: chatstack restore --finish`,
          };
    case 'failed':
      return {
        phase: 'Failed',
        message: `${state.message} (Job ${name}; to try again: kubectl delete job ${name} -n ${namespace})`,
      };
    case 'stuck':
      return { phase: 'Restoring', message: state.message, stuck: state.reason };
    default:
      return { phase: 'Restoring', message: `${backup === 'finish' ? 'finishing' : backup}: ${state.message}` };
  }
}

const explainForm = (text: string): string =>
  `annotation ${restoreAnnotation}: expected [FROM/]BACKUP[@REQUEST], where BACKUP is an id such as 20260102T030405Z, latest or finish, ` +
  `found ${JSON.stringify(text.slice(0, 200))}; correct or remove it`;

const explainNoBackups =
  'expected spec.postgres.backup to say where backups are, found none; add it (mode Managed has backups), or remove the annotation';

/** Trouble with a restore: it ended without one. */
export function judgeRestore(restore: StackStatus['restore']): Verdict | undefined {
  return restore?.phase === 'Failed' || restore?.phase === 'Refused'
    ? { status: 'True', reason: `Restore${restore.phase}`, message: restore.message }
    : undefined;
}
