import { controllerOf, type KubernetesObject, keyOf, type ObjectKey } from './object.ts';
import type { Resource } from './resource.ts';

/** Maps an object to itself: for the primary kind. */
export function mapToSelf(object: KubernetesObject): ObjectKey[] {
  return [keyOf(object)];
}

/** Maps a child to the owner of this kind, in any version of its group, that controls it. */
export function mapToController(owner: Resource): (object: KubernetesObject) => ObjectKey[] {
  return (object) => {
    const reference = controllerOf(object);
    const matches = reference?.kind === owner.kind && groupOf(reference.apiVersion) === groupOf(owner.apiVersion);
    return matches ? [{ namespace: object.metadata.namespace ?? '', name: reference.name }] : [];
  };
}

/** Maps a child to the name in one of its labels, in its own namespace: for children without owner reference. */
export function mapToLabel(label: string): (object: KubernetesObject) => ObjectKey[] {
  return (object) => {
    const name = object.metadata.labels?.[label];
    return name ? [{ namespace: object.metadata.namespace ?? '', name }] : [];
  };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
