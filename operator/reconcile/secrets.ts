import { isNotFound } from '../runtime/api-error.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
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

/** How long a Secret that no watch shows is remembered, in milliseconds: a change of its passwords is noticed within it. */
export const rememberMilliseconds = 30_000;

/**
 * A Secret that carries none of our labels, so that no watch shows it. It is read by name, once for each generation of the
 * stack and again when it was remembered for `rememberMilliseconds`. `undefined` when it isn't there.
 */
export async function readRememberedSecret(work: Work, name: string): Promise<KubernetesObject | undefined> {
  const generation = work.stack.metadata.generation ?? 0;
  const remembered = work.memory.readSecrets.get(name);
  const now = work.tools.now();
  if (remembered?.generation === generation && now - remembered.at < rememberMilliseconds) return remembered.secret;
  const key = { namespace: work.stack.metadata.namespace ?? '', name };
  const secret = await work.tools.client.get(builtIn.secret, key).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (secret) work.memory.readSecrets.set(name, { generation, at: now, secret });
  else work.memory.readSecrets.delete(name);
  return secret;
}
