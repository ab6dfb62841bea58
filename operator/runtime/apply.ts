import { createHash } from 'node:crypto';
import { isConflict, isInvalid, isNotFound } from './api-error.ts';
import type { Cache } from './cache.ts';
import { canonicalize, type Deviations, findDeviations, subtractDeviations } from './compare.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { controllerOf, formatKey, type KubernetesObject, keyOf } from './object.ts';
import { HandledError, stalled, waiting } from './outcome.ts';
import { type Resource, resourceOf } from './resource.ts';

/** What an apply did. */
export interface Applied {
  /** The live object, as answered or as cached. */
  object: KubernetesObject;
  /**
   * unchanged: the server holds what we want. repaired: the manifest is as before, but our fields were not. adopted: it was
   * there, and nobody's, before our first apply.
   */
  action: 'created' | 'adopted' | 'updated' | 'repaired' | 'unchanged';
  /** The paths that were repaired, for an Event; empty unless repaired. */
  repairedPaths: string[];
}

/**
 * Writes manifests by server-side apply, and only when that changes something. Nothing is sent iff the live object
 * carries the hash of the manifest, and at every path of the manifest its value is (a) the desired one, or (b) the one
 * that the server answered to our own last apply of this manifest: so neither defaulting, canonical quantities nor a
 * mutating webhook makes us write for ever. (b) is remembered in memory; after a restart, such an object costs one
 * apply, which changes nothing.
 */
export interface Applier {
  /**
   * Throws ObjectNotOursError, ObjectGoingError, InvalidManifestError (HandledErrors), ApiError, ConnectionError.
   * `owner`: uid of whom it is applied for, who may still control it although the manifest no longer says so.
   */
  apply(manifest: KubernetesObject, owner?: string): Promise<Applied>;
  /** Makes `status` the whole of our manager's status fields; sends nothing when the live status equals it. */
  applyStatus(live: KubernetesObject, status: object): Promise<Applied>;
}

/** What an applier works with. */
export interface ApplierOptions {
  client: Pick<KubernetesClient, 'get' | 'apply' | 'applyStatus'>;
  /** The kinds that may be applied. */
  resources: readonly Resource[];
  /** Annotation that keeps the hash of the applied manifest, such as `example.dev/applied`. */
  annotation: string;
  /**
   * The cache of a kind. It may not hold objects that are not ours, and be behind: a name that is not in it is tried to be
   * created, and read only when it turns out to be taken. A kind without a cache is read each time.
   */
  cacheOf: (resource: Resource) => Cache | undefined;
}

/** The name is taken by an object that another controller owns; it is left alone and looked at again later. */
export class ObjectNotOursError extends HandledError {}

/** The object is being deleted, so applying it is in vain; it is applied when it is gone. */
export class ObjectGoingError extends HandledError {}

/** The API server refuses the manifest for what it says (422, 400): only a changed spec can help. */
export class InvalidManifestError extends HandledError {}

/**
 * A version that no object has: etcd would have to count to 2^64. An apply that names a version is refused with 409 when the object
 * there has another one, and creates when there is none: so this one creates or does nothing, in one request, and its fields are
 * ours by apply from the beginning (after a POST, later applies would not remove what a manifest no longer says).
 */
const noVersion = '18446744073709551615';

const foreignMilliseconds = 60_000;
const goingMilliseconds = 2_000;

/** Builds an applier. */
export function createApplier({ client, resources, annotation, cacheOf }: ApplierOptions): Applier {
  const answers = createMemory();

  async function find(resource: Resource, manifest: KubernetesObject): Promise<KubernetesObject | undefined> {
    const cache = cacheOf(resource);
    if (cache !== undefined) {
      return cache.get(keyOf(manifest));
    }
    return client.get(resource, keyOf(manifest)).catch((error: unknown) => {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    });
  }

  /** An object as the cache of its kind keeps it, for a manifest is compared with what that hands out. */
  function keepOf(resource: Resource, object: KubernetesObject): KubernetesObject {
    return cacheOf(resource)?.keepOf(object) ?? object;
  }

  /** What the server answered to our apply, and where that isn't what the manifest says: so it stays, until a hand changes it. */
  function remember(
    resource: Resource,
    manifest: KubernetesObject,
    hash: string,
    answer: KubernetesObject,
  ): Deviations {
    const left = findDeviations(keepOf(resource, manifest), keepOf(resource, answer));
    answers.set(answer.metadata.uid, hash, left);
    return left;
  }

  /** Creates the object by an apply that can do nothing else: `undefined` when the name is taken, by whomever. */
  async function create(
    resource: Resource,
    manifest: KubernetesObject,
    hash: string,
  ): Promise<KubernetesObject | undefined> {
    try {
      const answer = await send(resource, mark(manifest, annotation, hash, { resourceVersion: noVersion }), 'apply');
      remember(resource, manifest, hash, answer);
      return answer;
    } catch (error) {
      if (isConflict(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Makes the fields of the manifest so, in an object that differs from it in `deviations`. */
  async function overwrite(
    resource: Resource,
    manifest: KubernetesObject,
    hash: string,
    { live, deviations }: { readonly live: KubernetesObject; readonly deviations: Deviations },
  ): Promise<Applied> {
    const answer = await send(resource, mark(manifest, annotation, hash, { uid: live.metadata.uid ?? '' }), 'apply');
    const left = remember(resource, manifest, hash, answer);
    const before = live.metadata.annotations?.[annotation];
    const action = before === undefined ? 'adopted' : classify(live, answer, before === hash);
    const repairedPaths = action === 'repaired' ? [...subtractDeviations(deviations, left).keys()] : [];
    return { object: answer, action, repairedPaths };
  }

  async function send(
    resource: Resource,
    manifest: KubernetesObject,
    how: 'apply' | 'applyStatus',
  ): Promise<KubernetesObject> {
    try {
      const answer = await client[how](resource, manifest);
      cacheOf(resource)?.noteWritten(answer);
      return answer;
    } catch (error) {
      if (isInvalid(error)) {
        const message = `${nameOf(manifest)} is refused by the API server: ${error.message}`;
        throw new InvalidManifestError(stalled(message), message, error);
      }
      throw error;
    }
  }

  return {
    async apply(manifest, owner) {
      const resource = resourceOf(manifest, resources);
      const hash = createHash('sha256').update(canonicalize(manifest)).digest('hex').slice(0, 32);
      const known = await find(resource, manifest);
      if (known === undefined) {
        const created = await create(resource, manifest, hash);
        if (created !== undefined) {
          return { object: created, action: 'created', repairedPaths: [] };
        }
      }
      const live = known ?? (await client.get(resource, keyOf(manifest)));
      assertOurs(manifest, live, owner);
      const deviations = findDeviations(keepOf(resource, manifest), known ?? keepOf(resource, live));
      const isMarked = live.metadata.annotations?.[annotation] === hash;
      if (isMarked && subtractDeviations(deviations, answers.get(live.metadata.uid, hash)).size === 0) {
        if (known === undefined) cacheOf(resource)?.noteWritten(live);
        return { object: live, action: 'unchanged', repairedPaths: [] };
      }
      return overwrite(resource, manifest, hash, { live, deviations });
    },
    async applyStatus(live, status) {
      const resource = resourceOf(live, resources);
      const { name, namespace, uid } = live.metadata;
      const wanted = canonicalize(status);
      const key = `${uid} status`;
      const now = canonicalize(live.status ?? {});
      if (now === wanted || answers.get(key, wanted).get('') === now) {
        return { object: live, action: 'unchanged', repairedPaths: [] };
      }
      const { apiVersion, kind } = live;
      const metadata = { name, ...(namespace && { namespace }), ...(uid && { uid }) };
      const answer = await send(resource, { apiVersion, kind, metadata, status }, 'applyStatus');
      const held = canonicalize(answer.status ?? {});
      answers.set(key, wanted, held === wanted ? new Map() : new Map([['', held]]));
      return { object: answer, action: classify(live, answer, false), repairedPaths: [] };
    },
  };
}

/** The manifest with its hash, bound to the incarnation that was looked at (its uid), or to there being none (`noVersion`). */
function mark(
  manifest: KubernetesObject,
  annotation: string,
  hash: string,
  bound: { readonly uid: string } | { readonly resourceVersion: string },
): KubernetesObject {
  const annotations = { ...manifest.metadata.annotations, [annotation]: hash };
  return { ...manifest, metadata: { ...manifest.metadata, ...bound, annotations } };
}

function classify(live: KubernetesObject, answer: KubernetesObject, same: boolean): Applied['action'] {
  if (live.metadata.resourceVersion === answer.metadata.resourceVersion) {
    return 'unchanged';
  }
  return same ? 'repaired' : 'updated';
}

function assertOurs(manifest: KubernetesObject, live: KubernetesObject, owner: string | undefined): void {
  const [wanted, found] = [controllerOf(manifest), controllerOf(live)];
  const foreign = found !== undefined && found.uid !== wanted?.uid && found.uid !== owner;
  const earlier = foreign && found.kind === wanted?.kind && found.name === wanted.name;
  if (live.metadata.deletionTimestamp !== undefined || earlier) {
    const why = earlier ? `belongs to an earlier ${found.kind} ${found.name}, with which it goes` : 'is being deleted';
    const message = `${nameOf(live)} ${why}; it is made again when it is gone`;
    throw new ObjectGoingError(waiting(goingMilliseconds, message), message);
  }
  if (foreign) {
    const owner = wanted === undefined ? 'no controller' : `${wanted.kind} ${wanted.name} as its controller`;
    const message =
      `${nameOf(live)}: expected ${owner}, found ${found.kind} ${found.name}. ` +
      'It is left as it is; delete or rename it, or name this resource otherwise.';
    throw new ObjectNotOursError(waiting(foreignMilliseconds, message), message);
  }
}

function nameOf(object: KubernetesObject): string {
  return `${object.kind} ${formatKey(keyOf(object))}`;
}

const none: Deviations = new Map();
const longestMemory = 20_000;

/** How live objects differ from their manifests although the server had just applied them; the oldest are forgotten. */
function createMemory() {
  const entries = new Map<string, { hash: string; deviations: Deviations }>();
  return {
    get(uid: string | undefined, hash: string): Deviations {
      const entry = uid === undefined ? undefined : entries.get(uid);
      return entry?.hash === hash ? entry.deviations : none;
    },
    set(uid: string | undefined, hash: string, deviations: Deviations): void {
      if (uid === undefined) {
        return;
      }
      entries.delete(uid);
      if (deviations.size > 0) {
        entries.set(uid, { hash, deviations });
      }
      const oldest = entries.keys().next();
      if (entries.size > longestMemory && !oldest.done) {
        entries.delete(oldest.value);
      }
    },
  };
}
