import { applyGroup } from './data-steps.ts';
import { findMissingKinds, listUnserved } from './requirements-step.ts';
import type { StepResult } from './step.ts';
import { manifestsOf, type Work } from './work.ts';

/**
 * What measures the stack and shows it. Nothing of the chat waits for this step, nor is called unready for it: a kind that the cluster lacks
 * is said in a condition of its own, and what can be applied is.
 */
export async function applyMonitoring(work: Work): Promise<StepResult> {
  const requires = work.plan.monitoring?.requires ?? [];
  const unserved = new Set<string>(listUnserved(work.tools, requires).map(({ kind }) => kind.kind));
  const missing = findMissingKinds(work.tools, requires);
  const served = manifestsOf(work).monitoring.filter(({ kind }) => !unserved.has(kind));
  const { roles = [], others = [] } = Object.groupBy(served, ({ kind }) => (kind === 'Role' ? 'roles' : 'others'));
  // A RoleBinding is refused while its Role is not there.
  await applyGroup(work, roles);
  const result = await applyGroup(work, others);
  return missing ?? result;
}
