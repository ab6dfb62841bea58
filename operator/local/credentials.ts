import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CredentialKey, credentialKeys } from '@chatstack/stack/plan/stack-plan.ts';

/** The passwords of a stack, by key. */
export type Credentials = { readonly [key in CredentialKey]: string };

/** Reads the passwords of the folder's stack; those that are missing are drawn once (192 bits) and kept, readable by this user only. */
export const applyCredentials = (folder: string): Credentials => {
  const path = join(folder, 'credentials.json');
  const kept = readKept(path);
  const missing = credentialKeys.filter((key) => typeof kept[key] !== 'string' || kept[key] === '');
  const all = { ...kept };
  for (const key of missing) all[key] = randomBytes(24).toString('base64url');
  if (missing.length > 0) {
    writeFileSync(`${path}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return all as Credentials;
};

const readKept = (path: string): Partial<Record<CredentialKey, string>> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text) as Partial<Record<CredentialKey, string>>;
  } catch {
    throw new Error(
      `expected passwords as JSON in ${path}, found something else; remove the file, new ones are made then`,
    );
  }
};
