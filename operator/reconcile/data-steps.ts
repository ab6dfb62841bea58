import type { Manifest } from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StepResult } from './step.ts';
import { applyTogether, isNewStack, manifestsOf, type Work } from './work.ts';

/** Configuration files and addresses of the components. */
export const applyConfiguration = (work: Work): Promise<StepResult> =>
  applyGroup(work, manifestsOf(work).configuration);

/** Postgres with its volume, the poolers and Redis: they start side by side, for each waits by itself for those it needs. */
export const applyData = (work: Work): Promise<StepResult> => applyGroup(work, manifestsOf(work).data);

/** The chat service; by the steps it needs, the database has its version by now. */
export const applyService = (work: Work): Promise<StepResult> => applyGroup(work, manifestsOf(work).service);

async function applyGroup(work: Work, manifests: readonly Manifest[]): Promise<StepResult> {
  const claims = manifests
    .filter((each) => each.kind === 'PersistentVolumeClaim')
    .flatMap((manifest) => liveClaim(work, manifest) ?? []);
  await applyTogether(work, manifests);
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
