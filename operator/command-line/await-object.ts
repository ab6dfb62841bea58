import { ApiError } from '../runtime/api-error.ts';
import type { KubernetesClient, WatchEvent } from '../runtime/kubernetes-client.ts';
import type { KubernetesObject, ObjectKey } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';

/** One object, and what is waited for. */
export interface Awaited {
  readonly resource: Resource;
  readonly key: ObjectKey;
  readonly holds: (object: KubernetesObject) => boolean;
}

/**
 * Follows an object by a watch until it is as `holds` says, which is asked of each version; undefined when the signal aborted first.
 * Throws ApiError when it is not there, or deleted meanwhile.
 */
export async function awaitObject(
  client: KubernetesClient,
  { resource, key, holds }: Awaited,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const selection = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
  while (!signal.aborted) {
    const { items, resourceVersion } = await client.list(resource, selection);
    const [found] = items;
    if (found === undefined) throw gone(resource, key);
    if (holds(found)) return found;
    const options = { ...selection, resourceVersion, signal, timeoutSeconds: 300, idleMilliseconds: 120_000 };
    const awaited = await watchUntil(client.watch(resource, options), { resource, key, holds });
    if (awaited !== undefined) return awaited;
  }
  return undefined;
}

/** Undefined when the watch ended, or can't go on from its version: then the object is to be listed again. */
async function watchUntil(
  events: AsyncIterable<WatchEvent>,
  { resource, key, holds }: Awaited,
): Promise<KubernetesObject | undefined> {
  try {
    for await (const { type, object } of events) {
      if (type === 'DELETED') throw gone(resource, key);
      if (type !== 'BOOKMARK' && holds(object)) return object;
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 410)) throw error;
  }
  return undefined;
}

const gone = ({ kind }: Resource, { namespace, name }: ObjectKey): ApiError =>
  new ApiError(404, 'NotFound', `expected ${kind} ${name} in namespace ${namespace}, found none`);
