import type { Cache } from './cache.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { KubernetesObject } from './object.ts';
import { HandledError } from './outcome.ts';
import type { Resource } from './resource.ts';

/** What an apply did. */
export interface Applied {
  /** The live object, as answered or as cached. */
  object: KubernetesObject;
  /** unchanged: nothing was sent. repaired: the manifest is as before, but somebody had changed our fields. */
  action: 'created' | 'updated' | 'repaired' | 'unchanged';
  /** The paths that somebody had changed, for an Event; empty unless repaired. */
  repairedPaths: string[];
}

/** Writes manifests, and only when that changes something. */
export interface Applier {
  /** Throws ObjectNotOursError, InvalidManifestError (both HandledError), ApiError, ConnectionError. */
  apply(manifest: KubernetesObject): Promise<Applied>;
  /** Makes `status` the whole status of our manager's fields; sends nothing when the live status equals it. */
  applyStatus(live: KubernetesObject, status: object): Promise<Applied>;
}

/** What an applier works with. */
export interface ApplierOptions {
  client: KubernetesClient;
  /** The kinds that may be applied. */
  resources: readonly Resource[];
  /** Annotation that keeps the hash of the applied manifest, such as `example.dev/applied`. */
  annotation: string;
  /** The cache of a kind; a kind without one is read by GET each time. */
  cacheOf: (resource: Resource) => Cache | undefined;
}

/** The name is taken by an object that another controller owns; it is left alone and looked at again later. */
export class ObjectNotOursError extends HandledError {}

/** The API server refuses the manifest for what it says (422, 400): only a changed spec can help. */
export class InvalidManifestError extends HandledError {}

/** Builds an applier. */
export declare function createApplier(options: ApplierOptions): Applier;
