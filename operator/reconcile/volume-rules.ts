import type { Fault } from '@chatstack/stack/api/fault.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { compareQuantities, parseQuantity, type Quantity } from '@chatstack/stack/quantity/quantity.ts';
import type { KubernetesObject } from '../runtime/object.ts';

interface ClaimSpec {
  storageClassName?: string;
  resources?: { requests?: { storage?: string } };
}

/** The live volumes of a stack: of the data, of its backups, and of its Prometheus. */
export interface LiveVolumes {
  readonly volume: KubernetesObject | undefined;
  readonly backupVolume?: KubernetesObject | undefined;
  readonly prometheusVolume?: KubernetesObject | undefined;
}

/**
 * What the live volumes forbid: a volume never shrinks and never changes its class. The API server would say so too, but only
 * after the other children have been changed.
 */
export function checkVolumes(plan: StackPlan, { volume, backupVolume, prometheusVolume }: LiveVolumes): Fault[] {
  const { postgres, backup, monitoring } = plan;
  const prometheus = monitoring?.prometheus;
  return [
    ...(postgres.mode === 'Managed' ? checkVolume('spec.postgres.storage', postgres.storage, volume) : []),
    ...(backup?.target.kind === 'volume'
      ? checkVolume('spec.postgres.backup.volume', backup.target, backupVolume)
      : []),
    ...(prometheus?.mode === 'Managed'
      ? checkVolume('spec.monitoring.prometheus.storage', prometheus.storage, prometheusVolume)
      : []),
  ];
}

function checkVolume(
  path: string,
  { size, storageClassName }: { readonly size: string; readonly storageClassName?: string },
  claim: KubernetesObject | undefined,
): Fault[] {
  if (claim === undefined) return [];
  const live = (claim.spec ?? {}) as ClaimSpec;
  const faults: Fault[] = [];
  const least = smallestSize(claim);
  const wanted = parseQuantity(size);
  if (least && wanted && compareQuantities(wanted, least.quantity) < 0) {
    faults.push({
      path: `${path}.size`,
      expected: `at least ${least.text}, the size of the existing volume (PersistentVolumeClaim ${claim.metadata.name})`,
      found: size,
      remedy: `set it to ${least.text} or more; a volume can't shrink`,
    });
  }
  if (storageClassName !== undefined && live.storageClassName && live.storageClassName !== storageClassName) {
    faults.push({
      path: `${path}.storageClassName`,
      expected: `${live.storageClassName}, the class of the existing volume (PersistentVolumeClaim ${claim.metadata.name})`,
      found: storageClassName,
      remedy: 'set it back or leave it out; the class of a volume is fixed when it is made',
    });
  }
  return faults;
}

/**
 * The smaller of what was asked for and what there is: a provisioner may give more than was asked for, and an expansion that
 * failed may be taken back as far as what there is.
 */
function smallestSize(claim: KubernetesObject): { text: string; quantity: Quantity } | undefined {
  const asked = (claim.spec as ClaimSpec | undefined)?.resources?.requests?.storage;
  const there = (claim.status as { capacity?: { storage?: string } } | undefined)?.capacity?.storage;
  const sizes = [asked, there].flatMap((text) => {
    const quantity = text === undefined ? undefined : parseQuantity(text);
    return text === undefined || quantity === undefined ? [] : [{ text, quantity }];
  });
  return sizes.toSorted((one, other) => compareQuantities(one.quantity, other.quantity))[0];
}
