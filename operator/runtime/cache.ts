import type { KubernetesObject, ObjectKey } from './object.ts';

/** A change that a cache has taken in. `previous` is absent for a new object. */
export interface CacheChange {
  type: 'added' | 'updated' | 'deleted';
  object: KubernetesObject;
  previous?: KubernetesObject;
}

/** The objects of one kind as last seen. What it hands out is shared: never change it. */
export interface Cache {
  get(key: ObjectKey): KubernetesObject | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): KubernetesObject[];
  /** The objects that name this uid as an owner. */
  listByOwner(uid: string): KubernetesObject[];
  /** Takes in the answer to a write of ours, so that the next reconcile sees it before the watch tells. */
  noteWritten(object: KubernetesObject): void;
  readonly size: number;
}
