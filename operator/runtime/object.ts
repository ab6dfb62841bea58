/** Kubernetes objects as plain JSON: no generated classes, so that any kind (also a custom one) costs nothing. */

/** A reference from a child to the object that made it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Metadata as the API server keeps it; a manifest fills in name, namespace, labels, annotations, ownerReferences. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  creationTimestamp?: string;
  deletionTimestamp?: string;
  managedFields?: unknown;
  [field: string]: unknown;
}

/** Any Kubernetes object, live or desired. Narrow it with an interface that extends this one. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** Where an object is; the namespace is '' for cluster-wide objects. */
export interface ObjectKey {
  namespace: string;
  name: string;
}

/** The key of an object. */
export function keyOf(object: Pick<KubernetesObject, 'metadata'>): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** `namespace/name`: the form in which keys are compared, queued and logged. */
export function formatKey(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** The inverse of formatKey. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The one owner that controls the object, if there is one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** An owner reference that makes `owner` (a live object: it needs its uid) the controller of what carries it. */
export function buildControllerReference(owner: KubernetesObject): OwnerReference {
  if (owner.metadata.uid === undefined) {
    throw new Error(`expected a live owner with a uid, found ${owner.kind} ${formatKey(keyOf(owner))} without one`);
  }
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
