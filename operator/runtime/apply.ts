import { createHash } from 'node:crypto';
import { isInvalid, isNotFound } from './api-error.ts';
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
   * The cache of a kind. A name that is not in it is read once before it is applied, because the cache may not hold
   * objects that are not ours; a kind without a cache is read each time.
   */
  cacheOf: (resource: Resource) => Cache | undefined;
}

/** The name is taken by an object that another controller owns; it is left alone and looked at again later. */
export class ObjectNotOursError extends HandledError {}

/** The object is being deleted, so applying it is in vain; it is applied when it is gone. */
export class ObjectGoingError extends HandledError {}

/** The API server refuses the manifest for what it says (422, 400): only a changed spec can help. */
export class InvalidManifestError extends HandledError {}

const foreignMilliseconds = 60_000;
const goingMilliseconds = 2_000;

/** Builds an applier. */
export function createApplier({ client, resources, annotation, cacheOf }: ApplierOptions): Applier {
  const answers = createMemory();

  async function findLive(resource: Resource, manifest: KubernetesObject): Promise<KubernetesObject | undefined> {
    const cached = cacheOf(resource)?.get(keyOf(manifest));
    if (cached !== undefined) {
      return cached;
    }
    try {
      return await client.get(resource, keyOf(manifest));
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
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
      const live = await findLive(resource, manifest);
      if (live !== undefined) {
        assertOurs(manifest, live, owner);
      }
      const deviations = findDeviations(manifest, live);
      const same = live !== undefined && live.metadata.annotations?.[annotation] === hash;
      const remembered = answers.get(live?.metadata.uid, hash);
      if (same && subtractDeviations(deviations, remembered).size === 0) {
        return { object: live, action: 'unchanged', repairedPaths: [] };
      }
      const answer = await send(resource, mark(manifest, annotation, hash, live), 'apply');
      const left = findDeviations(manifest, answer);
      answers.set(answer.metadata.uid, hash, left);
      const isOthers = live !== undefined && live.metadata.annotations?.[annotation] === undefined;
      const action = isOthers ? 'adopted' : classify(live, answer, same);
      const repairedPaths = action === 'repaired' ? [...subtractDeviations(deviations, left).keys()] : [];
      return { object: answer, action, repairedPaths };
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

/** The manifest with its hash, bound to the incarnation that was looked at: another one makes the server refuse. */
function mark(
  manifest: KubernetesObject,
  annotation: string,
  hash: string,
  live: KubernetesObject | undefined,
): KubernetesObject {
  const annotations = { ...manifest.metadata.annotations, [annotation]: hash };
  const uid = live?.metadata.uid;
  return { ...manifest, metadata: { ...manifest.metadata, ...(uid && { uid }), annotations } };
}

function classify(live: KubernetesObject | undefined, answer: KubernetesObject, same: boolean): Applied['action'] {
  if (live === undefined) {
    return 'created';
  }
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
