import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the project keeps what is made once per user and machine: it outlives the checkout. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chatstack');
}
