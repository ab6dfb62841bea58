import type { KubernetesObject } from '../runtime/object.ts';
import { findPodTrouble } from './pod-trouble.ts';

/** The label by which the Job controller marks the pods of a Job. */
export const jobLabel = 'batch.kubernetes.io/job-name';

/** How far a Job is that runs to an end of its own. */
export type JobState =
  | { readonly phase: 'running'; readonly message: string }
  /** It is not given up, but its pod can't start. */
  | { readonly phase: 'stuck'; readonly reason: string; readonly message: string }
  /** `result`: what its container left in the termination message. */
  | { readonly phase: 'complete'; readonly at: string; readonly result: string }
  /** `message`: the last line that the failed container wrote; without a pod that tells it, what the Job says. */
  | { readonly phase: 'failed'; readonly at: string; readonly message: string; readonly isTold: boolean };

interface JobStatus {
  completionTime?: string;
  conditions?: { type: string; status: string; message?: string; lastTransitionTime?: string }[];
}

interface Terminated {
  exitCode?: number;
  message?: string;
  finishedAt?: string;
}

interface PodStatus {
  containerStatuses?: { state?: { terminated?: Terminated } }[];
  initContainerStatuses?: { state?: { terminated?: Terminated } }[];
}

/** The state of a Job, and what its pods (found among `pods`) left to be told. */
export function summarizeJob(job: KubernetesObject, pods: readonly KubernetesObject[]): JobState {
  const { conditions = [], completionTime } = (job.status ?? {}) as JobStatus;
  const holds = (type: string) => conditions.find((each) => each.type === type && each.status === 'True');
  const own = pods.filter((pod) => pod.metadata.labels?.[jobLabel] === job.metadata.name);
  const complete = holds('Complete');
  if (complete) {
    const result = endsOf(own).find(({ exitCode, message }) => exitCode === 0 && message)?.message ?? '';
    return { phase: 'complete', at: completionTime ?? complete.lastTransitionTime ?? '', result };
  }
  const failed = holds('Failed');
  if (failed) {
    const last = endsOf(own).find(({ exitCode, message }) => exitCode !== 0 && message)?.message;
    const why = last?.trim().split('\n').at(-1) ?? failed.message ?? 'no reason given';
    return { phase: 'failed', at: failed.lastTransitionTime ?? '', message: why, isTold: last !== undefined };
  }
  const trouble = findPodTrouble(own);
  if (trouble) return { phase: 'stuck', ...trouble };
  return { phase: 'running', message: `Job ${job.metadata.name} runs` };
}

/** Whether a Job has ended, well or not. */
export function hasJobEnded(job: KubernetesObject): boolean {
  return ['complete', 'failed'].includes(summarizeJob(job, []).phase);
}

/** How containers ended, the newest end first. */
function endsOf(pods: readonly KubernetesObject[]): Terminated[] {
  return pods
    .flatMap(({ status }) => {
      const { containerStatuses = [], initContainerStatuses = [] } = (status ?? {}) as PodStatus;
      return [...initContainerStatuses, ...containerStatuses].flatMap(({ state }) => state?.terminated ?? []);
    })
    .toSorted((one, other) => (other.finishedAt ?? '').localeCompare(one.finishedAt ?? ''));
}
