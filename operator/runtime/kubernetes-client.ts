import type { KubernetesObject, ObjectKey } from './object.ts';
import type { Resource } from './resource.ts';

/** What to list or watch. Without a namespace: all namespaces. */
export interface Selection {
  namespace?: string;
  /** Exact label values, all of which must match. */
  labels?: Readonly<Record<string, string>>;
  /** For example `metadata.name=acme`. */
  fieldSelector?: string;
}

/** One complete list, and the version of the collection it shows. */
export interface ObjectList {
  items: KubernetesObject[];
  resourceVersion: string;
}

/** One line of a watch. A BOOKMARK's object carries only a resource version. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubernetesObject;
}

/** How to watch. */
export interface WatchOptions extends Selection {
  resourceVersion: string;
  signal: AbortSignal;
  /** When the server ends the watch. */
  timeoutSeconds: number;
  /** How long the stream may be silent before it counts as dead (bookmarks come about every minute). */
  idleMilliseconds: number;
}

/** How to delete. */
export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** Delete only this incarnation of the name. */
  uid?: string;
}

/**
 * The API server for plain objects. Every method throws ApiError (the server said no) or ConnectionError (it said
 * nothing); 429 and 503 with Retry-After are waited for and repeated a few times first.
 */
export interface KubernetesClient {
  /** One object; ApiError 404 when it is not there. */
  get(resource: Resource, key: ObjectKey): Promise<KubernetesObject>;
  /** A whole collection, read in pages and consistently (never older than any write that was answered). */
  list(resource: Resource, selection?: Selection): Promise<ObjectList>;
  /** POST; ApiError AlreadyExists when the name is taken. */
  create(resource: Resource, object: KubernetesObject): Promise<KubernetesObject>;
  /** Server-side apply with our field manager and force: creates, or makes every field of the manifest so. */
  apply(resource: Resource, manifest: KubernetesObject): Promise<KubernetesObject>;
  /** Server-side apply of the status subresource: our status fields that `manifest.status` lacks are removed. */
  applyStatus(resource: Resource, manifest: KubernetesObject): Promise<KubernetesObject>;
  /** JSON merge patch, optionally of a subresource. */
  patch(resource: Resource, key: ObjectKey, body: object, subresource?: string): Promise<KubernetesObject>;
  /** PUT; with metadata.resourceVersion set, ApiError Conflict when the object changed meanwhile. */
  replace(resource: Resource, object: KubernetesObject): Promise<KubernetesObject>;
  /** Deletes; an object that is not there is no error. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /**
   * The events after a resource version, until the server ends the stream (iteration ends), something fails (it
   * throws; ApiError 410 means list again) or the signal aborts (it ends).
   */
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Closes idle connections. */
  close(): void;
}
