import type { Manifest } from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { findPlannedRestart } from './interruption.ts';
import { withoutHeld } from './order-step.ts';
import { pausePoolers } from './pause.ts';
import { postgresName } from './poolers.ts';
import type { StepResult } from './step.ts';
import { explainRefusedGrowth } from './volumes-step.ts';
import { applyTogether, isNewStack, manifestsOf, type Work } from './work.ts';

/** Who may talk to whom, before there is anybody. */
export const applyPolicies = (work: Work): Promise<StepResult> => applyGroup(work, manifestsOf(work).policies);

/** Configuration files and addresses of the components. */
export const applyConfiguration = (work: Work): Promise<StepResult> =>
  applyGroup(work, withoutHeld(work, manifestsOf(work).configuration));

/**
 * Postgres with its volume, the poolers and Redis: they start side by side, for each waits by itself for those it needs. Where a Postgres
 * that serves is about to start again, the clients of the poolers are had wait first.
 */
export async function applyData(work: Work): Promise<StepResult> {
  const manifests = withoutHeld(work, manifestsOf(work).data);
  const key = { namespace: work.stack.metadata.namespace ?? '', name: postgresName(work.stack) };
  const restart = findPlannedRestart(
    manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === key.name) as KubernetesObject,
    work.tools.cacheOf(builtIn.statefulSet).get(key),
  );
  if (restart !== undefined) await pausePoolers(work, `Postgres starts again for a change of ${restart}`);
  return applyGroup(work, manifests);
}

/** The backups, which need a database that has its version. */
export const applyBackup = (work: Work): Promise<StepResult> => applyGroup(work, manifestsOf(work).backup);

/** Applies manifests at once, and tells of a volume that was there before a new stack. */
export async function applyGroup(work: Work, manifests: readonly Manifest[]): Promise<StepResult> {
  const claims = manifests
    .filter((each) => each.kind === 'PersistentVolumeClaim')
    .flatMap((manifest) => liveClaim(work, manifest) ?? []);
  try {
    await applyTogether(work, manifests);
  } catch (error) {
    // A volume that stays as it is holds up nothing else.
    work.refusedGrowth = explainRefusedGrowth(error);
    if (work.refusedGrowth === undefined) throw error;
  }
  for (const claim of isNewStack(work.stack) ? claims : []) {
    const message = `Uses the existing volume of PersistentVolumeClaim ${claim.metadata.name}`;
    work.tools.events.record(work.stack, 'Normal', 'Adopted', message);
  }
  return { kind: 'done' };
}

function liveClaim(work: Work, manifest: Manifest): KubernetesObject | undefined {
  const { name, namespace } = manifest.metadata;
  return work.tools.cacheOf(builtIn.persistentVolumeClaim).get({ name, namespace });
}
