import { buildScriptOpening, buildShellWord } from './shell.ts';

/** What the start script of Redis is told. Absolute paths. */
export type StartRedisPaths = {
  readonly configFile: string;
  /** The file the script writes the password to; its folder must be writable (a memory-backed one). */
  readonly secretFile: string;
};

/**
 * Builds the POSIX sh script that starts Redis (or Valkey, where only that program is there) on the given configuration with
 * the password of REDIS_PASSWORD, which reaches it by an included file: arguments are visible to other processes.
 */
export const buildStartRedis = (paths: StartRedisPaths): string => `${buildScriptOpening('redis')}
config=${buildShellWord(paths.configFile)}
secret=${buildShellWord(paths.secretFile)}

require REDIS_PASSWORD
program=$(command -v redis-server || command -v valkey-server) ||
  fail "expected the program redis-server or valkey-server on PATH ($PATH), found none; use an image that holds it"

{
  printf 'requirepass "'
  printf %s "$REDIS_PASSWORD" | sed 's/[\\\\"]/\\\\&/g'
  printf '"\\n'
} >"$secret.new"
mv "$secret.new" "$secret"

unset REDIS_PASSWORD value
exec "$program" "$config" --include "$secret"
`;
