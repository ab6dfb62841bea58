import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { summarizeJob } from './job-state.ts';
import type { ObservedStack } from './observed-stack.ts';
import type { StackStatus, Verdict } from './stack-status.ts';

type BackupStatus = NonNullable<StackStatus['backup']>;

/**
 * What is known of the backups: of the Jobs that the CronJob still keeps, and of those before from the former status. Whoever made a
 * Job from the CronJob by hand is told of in the same way.
 */
export function summarizeBackup(
  plan: StackPlan,
  observed: ObservedStack,
  former: StackStatus['backup'],
): BackupStatus | undefined {
  if (plan.backup === undefined) return undefined;
  const ended = observed.backupJobs.map((job) => summarizeJob(job, observed.pods));
  const successes = ended.flatMap((state) => (state.phase === 'complete' ? (readResult(state) ?? []) : []));
  const failures = ended.flatMap((state) => (state.phase === 'failed' ? [state] : []));
  const lastSuccess = newest([...successes, ...(former?.lastSuccess ? [former.lastSuccess] : [])]);
  // A pod may be seen after its Job, and go before it.
  const told = failures.filter(({ isTold }) => isTold);
  const untold = failures.filter(({ isTold }) => !isTold);
  const failed = newest([...told, ...(former?.lastFailure ? [former.lastFailure] : []), ...untold]);
  const lastFailure = failed && { at: failed.at, message: failed.message };
  return { schedule: plan.backup.schedule, ...(lastSuccess && { lastSuccess }), ...(lastFailure && { lastFailure }) };
}

/** Trouble with backups: the newest one failed. */
export function judgeBackup(backup: StackStatus['backup']): Verdict | undefined {
  const { lastSuccess, lastFailure } = backup ?? {};
  if (lastFailure === undefined || (lastSuccess && lastSuccess.at >= lastFailure.at)) return undefined;
  const since = lastSuccess ? `the newest complete one is ${lastSuccess.id}` : 'there is no complete one yet';
  return { status: 'True', reason: 'BackupFailed', message: `a backup failed, ${since}: ${lastFailure.message}` };
}

function readResult(state: { readonly at: string; readonly result: string }): BackupStatus['lastSuccess'] {
  try {
    const { id, bytes, rows, seconds } = JSON.parse(state.result) as Record<string, unknown>;
    const numbers = { bytes: Number(bytes), rows: Number(rows), seconds: Number(seconds) };
    if (typeof id !== 'string' || !Object.values(numbers).every(Number.isSafeInteger)) return undefined;
    return { id, at: state.at, ...numbers };
  } catch {
    return undefined; // a Job whose pod is gone already tells no more than that it was
  }
}

/** Of two at the same second, the first one. */
function newest<Each extends { readonly at: string }>(all: readonly Each[]): Each | undefined {
  return all.reduce<Each | undefined>(
    (best, each) => (best === undefined || each.at > best.at ? each : best),
    undefined,
  );
}
