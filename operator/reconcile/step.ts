import { ApiError, isNamespaceGoing } from '../runtime/api-error.ts';
import { InvalidManifestError, ObjectGoingError, ObjectNotOursError } from '../runtime/apply.ts';
import { HandledError } from '../runtime/outcome.ts';

/**
 * How a step ended.
 *
 *   done     what it is for is so; `afterMilliseconds` when it rests on something that no watch shows
 *   waiting  something has to happen first: progress, not trouble. Without `afterMilliseconds` a watch tells
 *   stalled  trouble that a change of something has to end; `afterMilliseconds` when no watch would tell of that change
 *   failed   an error that a retry with back-off may cure; `degraded` when it is more than a hiccup
 *   skipped  a step that it needs isn't done
 */
export type StepResult =
  | { readonly kind: 'done'; readonly afterMilliseconds?: number }
  | {
      readonly kind: 'waiting' | 'stalled';
      readonly reason: string;
      readonly message: string;
      readonly afterMilliseconds?: number;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly degraded: boolean;
      readonly error: unknown;
    }
  | { readonly kind: 'skipped'; readonly needs: string };

/** One step: it runs when all the steps it needs are done, so that trouble in one holds up only what depends on it. */
export interface Step<Work> {
  readonly name: string;
  readonly needs: readonly string[];
  run(work: Work): Promise<StepResult>;
}

/** What became of a step. */
export interface StepRecord {
  readonly name: string;
  readonly result: StepResult;
}

/** Runs the steps in their order, each after those it needs. Never rejects: an error becomes the step's result. */
export async function runSteps<Work>(steps: readonly Step<Work>[], work: Work): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (const step of steps) {
    const needs = step.needs.find((name) => records.find((each) => each.name === name)?.result.kind !== 'done');
    const result: StepResult = needs === undefined ? await runOne(step, work) : { kind: 'skipped', needs };
    records.push({ name: step.name, result });
  }
  return records;
}

async function runOne<Work>(step: Step<Work>, work: Work): Promise<StepResult> {
  try {
    return await step.run(work);
  } catch (error) {
    return summarizeError(error);
  }
}

/** A namespace that is being deleted takes the stack along; only one that hangs is looked at again. */
const namespaceMilliseconds = 60_000;

/** The result that an error stands for. */
export function summarizeError(error: unknown): StepResult {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof HandledError) return summarizeHandled(error, message);
  if (isNamespaceGoing(error)) {
    return { kind: 'waiting', reason: 'NamespaceGoing', message, afterMilliseconds: namespaceMilliseconds };
  }
  if (error instanceof ApiError && error.status === 403) {
    return { kind: 'failed', reason: 'Forbidden', message, degraded: true, error };
  }
  return { kind: 'failed', reason: 'Retrying', message, degraded: false, error };
}

/** What the conditions call the errors of an apply, and whether they pass by themselves. */
const handled = [
  { error: ObjectGoingError, kind: 'waiting', reason: 'ObjectGoing' },
  { error: ObjectNotOursError, kind: 'stalled', reason: 'ObjectNotOurs' },
  { error: InvalidManifestError, kind: 'stalled', reason: 'ManifestRefused' },
  { error: HandledError, kind: 'stalled', reason: 'Stalled' },
] as const;

function summarizeHandled(error: HandledError, message: string): StepResult {
  const { kind, reason } = handled.find((each) => error instanceof each.error) ?? handled[3];
  const { outcome } = error;
  return outcome.kind === 'waiting'
    ? { kind, reason, message, afterMilliseconds: outcome.afterMilliseconds }
    : { kind, reason, message };
}
