import { monitoringKeys } from '@chatstack/stack/plan/monitoring-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { missingKeys, readSecretText } from './secrets.ts';
import { findStackSecret, writeStackSecret } from './stack-secrets.ts';
import { recordCreated, type Work } from './work.ts';

/**
 * Makes sure of the passwords of those that measure a stack. They open no data, so their Secret goes with the stack; a key that a former
 * version did not make is added.
 */
export async function ensureMonitoringSecret(work: Work, name: string): Promise<KubernetesObject> {
  const found = findStackSecret(work, name);
  const missing = missingKeys(found, monitoringKeys);
  if (found !== undefined && missing.length === 0) return found;
  const data = Object.fromEntries(
    monitoringKeys.map((key) => [
      key,
      found === undefined || missing.includes(key) ? work.tools.buildPassword() : readSecretText(found, key),
    ]),
  );
  const secret = await writeStackSecret(work, found, { name, component: 'monitoring', data });
  if (found === undefined) recordCreated(work, [`Secret ${name} with generated passwords`]);
  return secret;
}
