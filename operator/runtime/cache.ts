import { formatKey, type KubernetesObject, keyOf, type ObjectKey, parseKey } from './object.ts';

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
  /** The keys of all objects. */
  keys(): ObjectKey[];
  /** The objects that name this uid as an owner. */
  listByOwner(uid: string): KubernetesObject[];
  /** The objects that an index files under a value; throws for an index that the cache was not built with. */
  listBy(index: string, value: string): KubernetesObject[];
  /**
   * Takes in the answer to a write of ours, so that the next reconcile sees it before the watch tells. The watch's
   * own event of that version then brings nothing new: a write does not wake its own controller.
   */
  noteWritten(object: KubernetesObject): void;
  /** What this cache keeps of an object, such as one that is to be compared with what it hands out. Not for what it has handed out. */
  keepOf(object: KubernetesObject): KubernetesObject;
  readonly size: number;
}

/** The side of a cache that a reflector feeds; each method gives back what changed. */
export interface CacheFeed {
  /** To be called before a list is asked for: writes of ours from then on may be newer than what it shows. */
  beginList(): ListFeed;
  put(object: KubernetesObject): CacheChange | null;
  remove(object: KubernetesObject): CacheChange | null;
  /** The watch has told everything up to this version. */
  observe(resourceVersion: string): void;
}

/**
 * Takes in a list page by page. An object that it shows counts at once, also in an older version than before (a restored etcd); what it
 * doesn't show is gone when it is complete. One that is left incomplete has told nothing wrong, and is to be begun anew.
 */
export interface ListFeed {
  take(page: readonly KubernetesObject[]): CacheChange[];
  /** The version of the collection that all pages showed. */
  complete(resourceVersion: string): CacheChange[];
}

/** The values under which an index files an object: what is looked up often must not cost a walk over all objects. */
export type Indexer = (object: KubernetesObject) => readonly string[];

/** What a cache keeps of each object. */
export interface CacheOptions {
  /** Indexes by name. */
  indexers?: Readonly<Record<string, Indexer>>;
  /** Only objects with these labels belong here; an own write without them is not taken in. */
  labels?: Readonly<Record<string, string>>;
  namespace?: string;
  /** Drops what nobody reads. Called once for each object that the server has told. */
  transform?: (object: KubernetesObject) => KubernetesObject;
  /**
   * Keeps objects as JSON text, and gives a new copy at each look: less to keep, for a parse at each look. For kinds of which there
   * are many and that are looked at one by one.
   */
  packed?: boolean;
}

/**
 * Builds an empty cache. Versions are compared as numbers, which Kubernetes promises since 1.35 and etcd has always
 * given. Invariants: an object never goes back to an older version, except by a list; a write of ours is taken in
 * only while the watch has not told of a version as new (else the object may be gone by now), and survives a list
 * that was asked for before it; managedFields are never kept; an index shows exactly the objects that are there.
 */
export function createCache(options: CacheOptions = {}): Cache & CacheFeed {
  const objects = new Map<string, Kept>();
  const indexes = new Map(
    Object.entries({ ...options.indexers, owner: byOwner }).map(([name, indexer]) => [
      name,
      { indexer, filed: new Map<string, Set<string>>() },
    ]),
  );
  /** Own writes that the watch has not told of yet, with the mark at their time. */
  const written = new Map<string, number>();
  let observed = '';
  let marks = 0;

  function keepOf(object: KubernetesObject): KubernetesObject {
    const { managedFields: _, ...metadata } = object.metadata;
    const stripped = { ...object, metadata } as KubernetesObject;
    return options.transform?.(stripped) ?? stripped;
  }

  function index(key: string, previous: KubernetesObject | undefined, object: KubernetesObject | undefined): void {
    for (const { indexer, filed } of indexes.values()) {
      unfile(filed, key, previous === undefined ? [] : indexer(previous));
      for (const value of object === undefined ? [] : indexer(object)) {
        filed.set(value, (filed.get(value) ?? new Set()).add(key));
      }
    }
  }

  function listBy(name: string, value: string): KubernetesObject[] {
    const found = indexes.get(name);
    if (found === undefined) {
      throw new Error(`expected one of the indexes ${[...indexes.keys()].join(', ')}, found ${name}`);
    }
    return [...(found.filed.get(value) ?? [])].flatMap((key) => look(key) ?? []);
  }

  function look(key: string): KubernetesObject | undefined {
    const kept = objects.get(key);
    return kept && load(kept);
  }

  function set(key: string, object: KubernetesObject): CacheChange {
    const previous = look(key);
    objects.set(key, { version: versionOf(object), content: options.packed ? JSON.stringify(object) : object });
    index(key, previous, object);
    return previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous };
  }

  function drop(key: string, last: KubernetesObject): CacheChange {
    index(key, look(key), undefined);
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
    return known === undefined || isNewer(versionOf(object), known.version);
  }

  return {
    get: (key) => look(formatKey(key)),
    list: (namespace) =>
      [...objects]
        .filter(([key]) => namespace === undefined || parseKey(key).namespace === namespace)
        .map(([, kept]) => load(kept)),
    keys: () => [...objects.keys()].map(parseKey),
    listByOwner: (uid) => listBy('owner', uid),
    listBy,
    noteWritten(object) {
      const key = formatKey(keyOf(object));
      if (belongs(object) && isNewer(versionOf(object), observed) && isNews(key, object)) {
        set(key, keepOf(object));
        marks += 1;
        written.set(key, marks);
      }
    },
    keepOf,
    get size() {
      return objects.size;
    },
    beginList() {
      const mark = marks;
      const listed = new Set<string>();
      const isOwn = (key: string): boolean => (written.get(key) ?? 0) > mark;
      return {
        take(page) {
          const changes: CacheChange[] = [];
          for (const item of page) {
            const key = formatKey(keyOf(item));
            listed.add(key);
            const same = objects.get(key)?.version === versionOf(item);
            if (!same && (isNews(key, item) || !isOwn(key))) {
              changes.push(set(key, keepOf(item)));
            }
          }
          return changes;
        },
        complete(resourceVersion) {
          observed = resourceVersion;
          const gone = [...objects].filter(([key]) => !listed.has(key) && !isOwn(key));
          return gone.map(([key, known]) => drop(key, load(known)));
        },
      };
    },
    put(object) {
      const key = formatKey(keyOf(object));
      observe(versionOf(object));
      if (!isNews(key, object)) {
        return null;
      }
      written.delete(key);
      return set(key, keepOf(object));
    },
    remove(object) {
      const key = formatKey(keyOf(object));
      observe(versionOf(object));
      return objects.has(key) && isNews(key, object) ? drop(key, keepOf(object)) : null;
    },
    observe,
  };

  function observe(version: string): void {
    if (isNewer(version, observed)) {
      observed = version;
    }
  }
}

/** An object with its version at hand. */
interface Kept {
  readonly version: string;
  readonly content: KubernetesObject | string;
}

function load({ content }: Kept): KubernetesObject {
  return typeof content === 'string' ? (JSON.parse(content) as KubernetesObject) : content;
}

function unfile(filed: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  for (const value of values) {
    const keys = filed.get(value);
    keys?.delete(key);
    if (keys?.size === 0) {
      filed.delete(value);
    }
  }
}

const byOwner: Indexer = (object) => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid);

function versionOf(object: KubernetesObject): string {
  return object.metadata.resourceVersion ?? '';
}

/** Whether one decimal number is greater than another, at any length. */
function isNewer(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
