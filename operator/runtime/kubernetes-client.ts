import { isNotFound } from './api-error.ts';
import { type Call, type ClientOptions, createApiRequests, readStatus } from './api-requests.ts';
import { type KubernetesObject, keyOf, type ObjectKey } from './object.ts';
import { buildPath, type Resource } from './resource.ts';

/** What to list or watch. Without a namespace: all namespaces. */
export interface Selection {
  namespace?: string;
  /** Exact label values, all of which must match. */
  labels?: Readonly<Record<string, string>>;
  /** For example `metadata.name=acme`. */
  fieldSelector?: string;
  /** Objects of one page of a list: fewer where each is large (default: some hundred KiB of most kinds). */
  pageSize?: number;
}

/** A list, or one page of it, and the version of the collection it shows. */
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
  /** A whole collection at once, as `listPages` reads it: for the few objects that a selection leaves. */
  list(resource: Resource, selection?: Selection): Promise<ObjectList>;
  /**
   * A whole collection page by page, so that never more than one page is held. All pages show one version, which is never older than
   * any write that was answered. ApiError 410 when that version is no longer kept: the list has to begin anew.
   */
  listPages(resource: Resource, selection?: Selection): AsyncIterable<ObjectList>;
  /** POST; ApiError AlreadyExists when the name is taken. */
  create(resource: Resource, object: KubernetesObject): Promise<KubernetesObject>;
  /** Server-side apply with our field manager and force: creates, or makes every field of the manifest so. Optionally of a subresource. */
  apply(resource: Resource, manifest: KubernetesObject, subresource?: string): Promise<KubernetesObject>;
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
}

const defaultPageSize = 100;

/** Builds a client; nothing is sent before a method is called. */
export function createKubernetesClient(options: ClientOptions): KubernetesClient {
  const { fieldManager } = options;
  const { request, stream } = createApiRequests(options);

  function write(method: 'POST' | 'PUT', resource: Resource, object: KubernetesObject): Promise<KubernetesObject> {
    const { namespace, name } = keyOf(object);
    const path = buildPath(resource, method === 'POST' ? { namespace } : { namespace, name });
    return request({ method, path, query: { fieldManager }, body: object });
  }

  function applyTo(resource: Resource, manifest: KubernetesObject, subresource?: string): Promise<KubernetesObject> {
    return request({
      method: 'PATCH',
      path: buildPath(resource, keyOf(manifest), subresource),
      query: { fieldManager, force: 'true' },
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: manifest,
    });
  }

  async function* listPages(resource: Resource, selection: Selection = {}): AsyncGenerator<ObjectList> {
    const { apiVersion, kind } = resource;
    const query = { ...buildQuery(selection), limit: String(selection.pageSize ?? defaultPageSize) };
    const path = buildPath(resource, { namespace: selection.namespace ?? '' });
    let token: string | undefined;
    do {
      const page = await request({ method: 'GET', path, query: { ...query, ...(token && { continue: token }) } });
      const metadata = page.metadata as { resourceVersion?: string; continue?: string };
      token = metadata.continue;
      // The server leaves out of items what is the same for all of them.
      const items = (page.items as KubernetesObject[]).map((item) => Object.assign(item, { apiVersion, kind }));
      yield { items, resourceVersion: metadata.resourceVersion ?? '' };
    } while (token);
  }

  return {
    get: (resource, key) => request({ method: 'GET', path: buildPath(resource, key) }),
    listPages,
    async list(resource, selection) {
      const whole: ObjectList = { items: [], resourceVersion: '' };
      for await (const { items, resourceVersion } of listPages(resource, selection)) {
        whole.items.push(...items);
        whole.resourceVersion = resourceVersion;
      }
      return whole;
    },
    create: (resource, object) => write('POST', resource, object),
    apply: applyTo,
    applyStatus: (resource, manifest) => applyTo(resource, manifest, 'status'),
    patch: (resource, key, body, subresource) =>
      request({
        method: 'PATCH',
        path: buildPath(resource, key, subresource),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body,
      }),
    replace: (resource, object) => write('PUT', resource, object),
    async delete(resource, key, { propagationPolicy = 'Background', uid } = {}) {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy,
        ...(uid && { preconditions: { uid } }),
      };
      await request({ method: 'DELETE', path: buildPath(resource, key), body }).catch((error: unknown) => {
        if (!isNotFound(error)) {
          throw error;
        }
      });
    },
    async *watch(resource, watch) {
      const call: Call = {
        method: 'GET',
        path: buildPath(resource, { namespace: watch.namespace ?? '' }),
        query: {
          ...buildQuery(watch),
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: watch.resourceVersion,
          timeoutSeconds: String(watch.timeoutSeconds),
        },
      };
      try {
        for await (const event of stream(call, watch.signal, watch.idleMilliseconds)) {
          if (event.type === 'ERROR') {
            const status = event.object as Record<string, unknown>;
            throw readStatus(Number(status.code ?? 500), status, call);
          }
          yield event as unknown as WatchEvent;
        }
      } catch (error) {
        if (!watch.signal.aborted) {
          throw error;
        }
      }
    },
  };
}

function buildQuery(selection: Selection): Record<string, string> {
  const labels = Object.entries(selection.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    ...(labels.length > 0 && { labelSelector: labels.join(',') }),
    ...(selection.fieldSelector && { fieldSelector: selection.fieldSelector }),
  };
}
