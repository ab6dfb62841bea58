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

/** Keeps the hash of the manifest that was applied last. */
export const appliedAnnotation = 'chatstack.dev/applied';

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

/** Kinds that are written by server-side apply. */
export const appliedKinds: readonly Resource[] = [
  builtIn.configMap,
  builtIn.persistentVolumeClaim,
  builtIn.service,
  builtIn.statefulSet,
  builtIn.deployment,
  builtIn.job,
  builtIn.podDisruptionBudget,
];

/** Kinds whose objects are deleted once the plan no longer renders them. Volumes and Secrets never are; Jobs have their own rule. */
export const prunedKinds: readonly Resource[] = [
  builtIn.configMap,
  builtIn.service,
  builtIn.statefulSet,
  builtIn.deployment,
  builtIn.podDisruptionBudget,
];

/** Kinds that are watched, by label, besides the ChatStacks. */
export const watchedKinds: readonly Resource[] = [...appliedKinds, builtIn.secret, builtIn.pod];
