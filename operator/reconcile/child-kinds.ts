import { optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';

/** The custom resource this operator is for. */
export const chatStackResource: Resource = {
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  plural: 'chatstacks',
  namespaced: true,
};

/** Who writes the children: the field manager, and the value of their `managed-by` label. */
export const fieldManager = 'chatstack-operator';

/** On a pooler's pod: the configuration it should run. A changed annotation makes the kubelet sync the mounted file at once. */
export const configAnnotation = 'chatstack.dev/config';

/** Labels of every child. */
export const labels = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** The component of its stack that an object belongs to; empty where it belongs to none. */
export const componentOf = ({ metadata }: Pick<KubernetesObject, 'metadata'>): string =>
  metadata.labels?.[labels.component] ?? '';

/** Kinds that a cluster serves only with the CustomResourceDefinitions of somebody else. */
export const optionalResources: readonly Resource[] = Object.values(optionalKinds).map(
  ({ apiVersion, kind, plural }) => ({ apiVersion, kind, plural, namespaced: true }),
);

/** The optional kind of this name in the API of Kubernetes, as a resource. */
export function optionalResource({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): Resource {
  const found = optionalResources.find((each) => each.apiVersion === apiVersion && each.kind === kind);
  if (found === undefined) throw new Error(`expected one of the optional kinds, found ${apiVersion} ${kind}`);
  return found;
}

/** Kinds of the stack's children that every cluster serves. Volumes, Secrets and Jobs are among them, which have rules of their own. */
const builtInKinds: readonly Resource[] = [
  builtIn.configMap,
  builtIn.service,
  builtIn.statefulSet,
  builtIn.deployment,
  builtIn.podDisruptionBudget,
  builtIn.networkPolicy,
  builtIn.cronJob,
  builtIn.ingress,
  builtIn.horizontalPodAutoscaler,
  builtIn.serviceAccount,
  builtIn.role,
  builtIn.roleBinding,
];

/** Kinds that are written by server-side apply. */
export const appliedKinds: readonly Resource[] = [
  ...builtInKinds,
  builtIn.persistentVolumeClaim,
  builtIn.job,
  ...optionalResources,
];

/** Kinds whose objects are deleted once the plan no longer renders them. Volumes and Secrets never are; Jobs have their own rule. */
export const prunedKinds: readonly Resource[] = [
  ...builtInKinds,
  // The volumes of a Cluster go with it.
  ...optionalResources.filter(({ kind }) => kind !== optionalKinds.cloudNativePgCluster.kind),
];

/** Kinds that are watched, by label, from the start; the optional ones are as soon as the cluster serves them. */
export const watchedKinds: readonly Resource[] = [
  ...builtInKinds,
  builtIn.persistentVolumeClaim,
  builtIn.job,
  builtIn.secret,
  builtIn.pod,
];
