import { scaledAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { observeLeftOver } from './children.ts';
import { deleteChildren } from './pruning-step.ts';
import type { StepResult } from './step.ts';
import { applyTogether, manifestsOf, type Work } from './work.ts';

/** Kinds that scale a Deployment: two of them would pull at its replicas, and a fixed number would be pulled at by one. */
const scalers: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler', 'ScaledObject']);

/**
 * The chat service with what scales it and how it is reached; by the steps it needs, the database has its version by now. A former
 * autoscaler goes first, and a Deployment is handed to a new one with the pods that it has:
 *
 *   replicas ours ──apply of /scale──▶ ours twice ──apply without replicas──▶ /scale's, until the autoscaler writes it
 *
 * Left out at once, the number would be nobody's, and the API server would make it 1.
 */
export async function applyService(work: Work): Promise<StepResult> {
  const manifests = manifestsOf(work).service as readonly KubernetesObject[];
  const former = observeLeftOver(work.tools.cacheOf, work.stack, manifests as KubernetesObject[]);
  await deleteChildren(
    work,
    former.filter(({ resource }) => scalers.has(resource.kind)),
  );
  const scaled = manifests.find((each) => each.metadata.annotations?.[scaledAnnotation] !== undefined);
  if (scaled === undefined) {
    await applyTogether(work, manifests);
    return { kind: 'done' };
  }
  const isScaler = ({ kind }: KubernetesObject) => scalers.has(kind);
  const live = work.tools.cacheOf(builtIn.deployment).get(keyOf(scaled));
  const isHandedOver = live?.metadata.annotations?.[scaledAnnotation] !== undefined;
  if (live !== undefined && !isHandedOver) await applyScale(work, scaled, replicasOf(live));
  await applyTogether(
    work,
    manifests.filter((each) => !isScaler(each)),
  );
  if (live === undefined) await applyScale(work, scaled, 1);
  // KEDA refuses one whose Deployment is not there: it asks what the pods request.
  await applyTogether(work, manifests.filter(isScaler));
  return { kind: 'done' };
}

const replicasOf = ({ spec }: KubernetesObject): number => (spec as { replicas?: number } | undefined)?.replicas ?? 1;

/** Sets the number from which the autoscaler goes on: what there is, within what it may choose. */
async function applyScale(work: Work, deployment: KubernetesObject, present: number): Promise<void> {
  const { scaling } = work.plan.service;
  if (scaling === undefined) return;
  const replicas = Math.min(Math.max(present, scaling.minReplicas), scaling.maxReplicas);
  const { name, namespace } = deployment.metadata;
  const scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { replicas },
  };
  await work.tools.client.apply(builtIn.deployment, scale, 'scale');
}
