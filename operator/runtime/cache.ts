import { formatKey, type KubernetesObject, keyOf, type ObjectKey } from './object.ts';

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
  /**
   * Takes in the answer to a write of ours, so that the next reconcile sees it before the watch tells. The watch's
   * own event of that version then brings nothing new: a write does not wake its own controller.
   */
  noteWritten(object: KubernetesObject): void;
  readonly size: number;
}

/** The side of a cache that a reflector feeds; each method gives back what changed. */
export interface CacheFeed {
  /** To be taken before a list is asked for, and given to `replace`. */
  mark(): number;
  /** The whole collection as of a version, which may also be an older one (a restored etcd). */
  replace(items: readonly KubernetesObject[], resourceVersion: string, mark: number): CacheChange[];
  put(object: KubernetesObject): CacheChange | null;
  remove(object: KubernetesObject): CacheChange | null;
  /** The watch has told everything up to this version. */
  observe(resourceVersion: string): void;
}

/** What a cache keeps of each object. */
export interface CacheOptions {
  /** Only objects with these labels belong here; an own write without them is not taken in. */
  labels?: Readonly<Record<string, string>>;
  namespace?: string;
  /** Drops what nobody reads. */
  transform?: (object: KubernetesObject) => KubernetesObject;
}

/**
 * Builds an empty cache. Versions are compared as numbers, which Kubernetes promises since 1.35 and etcd has always
 * given. Invariants: an object never goes back to an older version, except by `replace`; a write of ours is taken in
 * only while the watch has not told of a version as new (else the object may be gone by now), and survives a list
 * that was asked for before it; managedFields are never kept.
 */
export function createCache(options: CacheOptions = {}): Cache & CacheFeed {
  const objects = new Map<string, KubernetesObject>();
  const owned = new Map<string, Set<string>>();
  /** Own writes that the watch has not told of yet, with the mark at their time. */
  const written = new Map<string, number>();
  let observed = '';
  let marks = 0;

  function strip(object: KubernetesObject): KubernetesObject {
    const { managedFields: _, ...metadata } = object.metadata;
    const stripped = { ...object, metadata } as KubernetesObject;
    return options.transform?.(stripped) ?? stripped;
  }

  function index(key: string, previous: KubernetesObject | undefined, object: KubernetesObject | undefined): void {
    for (const { uid } of previous?.metadata.ownerReferences ?? []) {
      const keys = owned.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) {
        owned.delete(uid);
      }
    }
    for (const { uid } of object?.metadata.ownerReferences ?? []) {
      owned.set(uid, (owned.get(uid) ?? new Set()).add(key));
    }
  }

  function set(key: string, object: KubernetesObject): CacheChange {
    const previous = objects.get(key);
    objects.set(key, object);
    index(key, previous, object);
    return previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous };
  }

  function drop(key: string, last: KubernetesObject): CacheChange {
    index(key, objects.get(key), undefined);
    objects.delete(key);
    written.delete(key);
    return { type: 'deleted', object: last };
  }

  function belongs(object: KubernetesObject): boolean {
    const { labels = {}, namespace } = options;
    return (
      (namespace === undefined || object.metadata.namespace === namespace) &&
      Object.entries(labels).every(([name, value]) => object.metadata.labels?.[name] === value)
    );
  }

  function isNews(key: string, object: KubernetesObject): boolean {
    const known = objects.get(key);
    return known === undefined || isNewer(versionOf(object), versionOf(known));
  }

  return {
    get: (key) => objects.get(formatKey(key)),
    list: (namespace) =>
      [...objects.values()].filter((each) => namespace === undefined || each.metadata.namespace === namespace),
    listByOwner: (uid) => [...(owned.get(uid) ?? [])].flatMap((key) => objects.get(key) ?? []),
    noteWritten(object) {
      const key = formatKey(keyOf(object));
      if (belongs(object) && isNewer(versionOf(object), observed) && isNews(key, object)) {
        set(key, strip(object));
        marks += 1;
        written.set(key, marks);
      }
    },
    get size() {
      return objects.size;
    },
    mark: () => marks,
    replace(items, resourceVersion, mark) {
      const listed = new Map(items.map((item) => [formatKey(keyOf(item)), item]));
      const isOwn = (key: string): boolean => (written.get(key) ?? 0) > mark;
      const changes: CacheChange[] = [];
      observed = resourceVersion;
      for (const [key, known] of [...objects]) {
        if (!listed.has(key) && !isOwn(key)) {
          changes.push(drop(key, known));
        }
      }
      for (const [key, item] of listed) {
        const known = objects.get(key);
        const same = known !== undefined && versionOf(known) === versionOf(item);
        if (!same && (isNews(key, item) || !isOwn(key))) {
          changes.push(set(key, strip(item)));
        }
      }
      return changes;
    },
    put(object) {
      const key = formatKey(keyOf(object));
      observe(versionOf(object));
      if (!isNews(key, object)) {
        return null;
      }
      written.delete(key);
      return set(key, strip(object));
    },
    remove(object) {
      const key = formatKey(keyOf(object));
      observe(versionOf(object));
      return objects.has(key) && isNews(key, object) ? drop(key, strip(object)) : null;
    },
    observe,
  };

  function observe(version: string): void {
    if (isNewer(version, observed)) {
      observed = version;
    }
  }
}

function versionOf(object: KubernetesObject): string {
  return object.metadata.resourceVersion ?? '';
}

/** Whether one decimal number is greater than another, at any length. */
function isNewer(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
