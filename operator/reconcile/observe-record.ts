import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import { formatKey, type KubernetesObject, type ObjectKey } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackMemory } from './stack-memory.ts';
import { packedContent, readRecord, recordKey, type StackRecord } from './stack-record.ts';
import type { Work } from './work.ts';

/**
 * The record of a stack. The caches keep none of its content, which is needed only where this version would make something else of the stack: there
 * it is read once, and remembered as long as the record stays as it is.
 */
export function observeRecord({
  tools,
  stack,
  memory,
}: Pick<Work, 'tools' | 'stack' | 'memory'>): StackRecord | undefined {
  const key = recordKey(stack);
  const seen = tools.cacheOf(builtIn.configMap).get(key);
  const { resourceVersion } = seen?.metadata ?? {};
  if (memory.recorded?.resourceVersion !== resourceVersion) memory.recorded = undefined;
  return readRecord(seen, async () => {
    memory.recorded ??= await readContent(tools.client, key, resourceVersion);
    return memory.recorded.content;
  });
}

/** Throws where the watch has yet to tell of a change: what was decided by then is not of this content. */
async function readContent(
  client: Pick<KubernetesClient, 'get'>,
  key: ObjectKey,
  resourceVersion: string | undefined,
): Promise<NonNullable<StackMemory['recorded']>> {
  const whole: KubernetesObject = await client.get(builtIn.configMap, key);
  const found = whole.metadata.resourceVersion;
  if (found === undefined || found !== resourceVersion)
    throw new Error(
      `ConfigMap ${formatKey(key)}: expected version ${resourceVersion}, found ${found}; it is read again`,
    );
  return { resourceVersion, content: packedContent(whole) };
}
