import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isProgram } from '@chatstack/operator/local/programs.ts';

/** Where k6 is: on the PATH, else where test/set-up/k6 builds it; undefined where it is nowhere. */
export function findK6(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'chatstack/bin');
  return [...(env.PATH ?? '').split(delimiter).filter(Boolean), cache]
    .map((folder) => join(folder, 'k6'))
    .find(isProgram);
}
