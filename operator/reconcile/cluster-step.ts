import { renderPostgres } from '@chatstack/stack/render/kubernetes/postgres.ts';
import { buildControllerReference } from '../runtime/object.ts';
import type { StepResult } from './step.ts';
import { applyTogether, type Work } from './work.ts';

/** The Cluster of CloudNativePG, before all else: the login that everything of the stack enters it with is made with it. */
export async function applyCluster(work: Work): Promise<StepResult> {
  if (work.plan.postgres.mode !== 'CloudNativePG') return { kind: 'done' };
  const options = {
    namespace: work.stack.metadata.namespace ?? '',
    owner: buildControllerReference(work.stack),
    // No pod of ours is among it.
    credentialsRevision: '',
  };
  await applyTogether(work, renderPostgres(work.plan, options));
  return { kind: 'done' };
}
