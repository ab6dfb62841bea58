import { compareQuantities, parseQuantity } from '@chatstack/stack/quantity/quantity.ts';
import { ApiError } from '../runtime/api-error.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { observeVolume } from './children.ts';
import type { StepResult } from './step.ts';
import type { Work } from './work.ts';

/** What Kubernetes tells of a claim whose volume is to grow (KEP-284, KEP-1790). */
interface ClaimStatus {
  readonly capacity?: { readonly storage?: string };
  readonly allocatedResourceStatuses?: { readonly storage?: string };
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
}

const failures = ['ControllerResizeError', 'NodeResizeError'];

/**
 * Follows a volume that grows: the step is done when the volume has the size that was asked for. Postgres serves meanwhile; a volume
 * that will not grow makes the stack Degraded before the disk is full.
 */
export async function followVolumes({ tools, stack, refusedGrowth }: Work): Promise<StepResult> {
  if (refusedGrowth !== undefined) return refusedGrowth;
  const claims = [observeVolume(tools.cacheOf, stack), observeVolume(tools.cacheOf, stack, 'backup')];
  const results = claims.flatMap((claim) => (claim === undefined ? [] : [judgeGrowth(claim)]));
  return (
    results.find(({ kind }) => kind === 'stalled') ?? results.find(({ kind }) => kind === 'waiting') ?? { kind: 'done' }
  );
}

/** Pure: how far the volume of a claim is from the size that the claim asks for. */
export function judgeGrowth(claim: KubernetesObject): StepResult {
  const spec = claim.spec as { readonly resources?: { readonly requests?: { readonly storage?: string } } } | undefined;
  const { capacity, allocatedResourceStatuses, conditions = [] } = (claim.status ?? {}) as ClaimStatus;
  const [asked, there] = [spec?.resources?.requests?.storage, capacity?.storage];
  const isSmaller = asked !== undefined && there !== undefined && isLess(there, asked);
  if (!isSmaller) return { kind: 'done' };
  const { name, namespace } = claim.metadata;
  const about = `the volume of PersistentVolumeClaim ${name} has ${there}, ${asked} was asked for`;
  const holds = (types: readonly string[]) =>
    conditions.find(({ type, status }) => types.includes(type) && status === 'True');
  const failure = holds(failures);
  if (failure !== undefined || allocatedResourceStatuses?.storage?.endsWith('Infeasible')) {
    const why = failure?.message ?? 'the storage has no room for it';
    const remedy = `see kubectl describe pvc ${name} -n ${namespace}, and make room in the storage`;
    return { kind: 'stalled', reason: 'VolumeNotGrown', message: `${about}: ${why}; ${remedy}` };
  }
  const next = holds(['FileSystemResizePending'])
    ? 'its file system grows on the node, with some storage only when the pod starts again'
    : 'the storage enlarges it';
  return { kind: 'waiting', reason: 'VolumeGrowing', message: `${about}: ${next}` };
}

/** How often a refused growth is asked for again: nobody watches StorageClasses. */
const againMilliseconds = 60_000;

/** What the API server's refusal to enlarge a volume stands for; undefined where an error is another one. */
export function explainRefusedGrowth(error: unknown): StepResult | undefined {
  if (!(error instanceof ApiError && error.status === 403 && error.message.includes('must support resize'))) return;
  const message =
    'expected a StorageClass whose volumes grow, found one whose volumes do not: set allowVolumeExpansion: true in it where its storage can do that, ' +
    `otherwise restore a backup into a stack with a larger volume; all else of the stack is applied (${error.message})`;
  return { kind: 'stalled', reason: 'VolumeNotExpandable', message, afterMilliseconds: againMilliseconds };
}

function isLess(one: string, other: string): boolean {
  const [left, right] = [parseQuantity(one), parseQuantity(other)];
  return left !== undefined && right !== undefined && compareQuantities(left, right) < 0;
}
