import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import type { StepRecord } from './step.ts';
import type { Work } from './work.ts';

/** The keys of `expected` that a Secret lacks or has empty; all of them when there is no Secret. */
export function missingKeys(secret: KubernetesObject | undefined, expected: readonly string[]): string[] {
  const data = (secret?.data ?? {}) as Record<string, string>;
  return expected.filter((key) => !data[key]);
}

/** The text of one key of a Secret. Throws when it isn't there. */
export function readSecretText(secret: KubernetesObject, key: string): string {
  const encoded = (secret.data as Record<string, string> | undefined)?.[key];
  if (encoded === undefined) throw new Error(`expected key ${key} in Secret ${secret.metadata.name}, found none`);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/**
 * A Secret that carries none of our labels, such as one that the stack's author made. The first stack that reads it starts a watch
 * of that one name; from then on it costs no request, and a change of it wakes the stack. `undefined` when it isn't there.
 */
export function readRememberedSecret(
  work: Pick<Work, 'tools' | 'stack' | 'memory'>,
  name: string,
): Promise<KubernetesObject | undefined> {
  work.memory.secretsRead.add(name);
  return work.tools.namedSecrets.read(keyOf(work.stack), { namespace: work.stack.metadata.namespace ?? '', name });
}

/**
 * Ends the watches of Secrets that the stack no longer reads. `records`: of the steps since `secretsRead` was emptied; as long as
 * one of them didn't come to its end, it isn't known what it would have read.
 */
export function releaseSecrets(work: Work, records: readonly StepRecord[]): void {
  const isComplete = records.every(({ result }) => result.kind !== 'failed' && result.kind !== 'skipped');
  if (!isComplete) return;
  const namespace = work.stack.metadata.namespace ?? '';
  const keys = [...work.memory.secretsRead].map((name) => ({ namespace, name }));
  work.tools.namedSecrets.retain(keyOf(work.stack), keys);
}
