import type { ReferencedSecret } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { missingKeys, readRememberedSecret, readSecretText } from './secrets.ts';
import type { StepResult } from './step.ts';
import type { Work } from './work.ts';

/** The Secrets of the author, or what is wrong with one of them. */
export type CheckedSecrets =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly result: StepResult };

/** Makes sure of the Secrets of the author that the service cannot do without. `words`: what they hold, in the order of the plan. */
export async function checkReferencedSecrets(work: Work): Promise<CheckedSecrets> {
  const words: string[] = [];
  for (const reference of work.plan.secrets) {
    const secret = await readRememberedSecret(work, reference.name);
    const fault = findFault(reference, secret, work.stack.metadata.namespace ?? '');
    if (fault !== undefined) {
      return { ok: false, result: { kind: 'stalled', reason: 'SecretMissing', message: fault } };
    }
    const { keys, optionalKeys = [] } = reference;
    const lacking = missingKeys(secret, optionalKeys);
    const present = [...keys, ...optionalKeys.filter((key) => !lacking.includes(key))];
    words.push(...present.map((key) => `${key}=${readSecretText(secret as KubernetesObject, key)}`));
  }
  return { ok: true, words };
}

function findFault(
  { field, name, keys, leastBytes = 1 }: ReferencedSecret,
  secret: KubernetesObject | undefined,
  namespace: string,
): string | undefined {
  const missing = missingKeys(secret, keys);
  const expected = `${field}: expected Secret ${name} in namespace ${namespace} with ${describeKeys(keys)}`;
  if (secret === undefined) {
    const literals = keys.map((key) => `--from-literal=${key}=…`).join(' ');
    return `${expected}, found no Secret of that name. Create it: kubectl create secret generic ${name} -n ${namespace} ${literals}`;
  }
  if (missing.length > 0)
    return (
      `${expected}, found it without ${missing.join(' and ')}. ` +
      `Add: kubectl patch secret ${name} -n ${namespace} -p '{"stringData":{"${missing[0]}":"…"}}'`
    );
  const short = keys.find((key) => Buffer.byteLength(readSecretText(secret, key)) < leastBytes);
  if (short === undefined) return undefined;
  const found = Buffer.byteLength(readSecretText(secret, short));
  return `${expected} of at least ${leastBytes} bytes, found ${found}. Set a longer one, such as the output of: openssl rand -hex ${leastBytes}`;
}

const describeKeys = (keys: readonly string[]): string => `the key${keys.length > 1 ? 's' : ''} ${keys.join(' and ')}`;
