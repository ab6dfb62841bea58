import { buildReloadCertificates } from './reload-certificates.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

/** What the start script of Redis is told. Absolute paths. */
export type StartRedisPaths = {
  readonly configFile: string;
  /** The file the script writes the password to; its folder must be writable (a memory-backed one). */
  readonly secretFile: string;
  /**
   * The file it writes the password of the user `chatstack_local` to, in the same folder: drawn at each start, for what runs beside Redis
   * and must not depend on passwords that are rotated.
   */
  readonly localFile: string;
  /** Where its certificate is, and its port: it is told when the certificate was replaced. */
  readonly certificates?: { readonly folder: string; readonly port: number };
};

/** The user of Redis that probes and the start script are: may ask whether it answers, and have it read its certificate again. */
export const localRedisUser = 'chatstack_local';

/** The file with its password, in the folder that Redis may write to. */
export const localRedisPassword = (runFolder: string): string => `${runFolder}/local`;

const reloadCertificates = ({ folder, port }: NonNullable<StartRedisPaths['certificates']>): string => `
client=$(command -v redis-cli || command -v valkey-cli) ||
  fail "expected the program redis-cli or valkey-cli on PATH ($PATH), found none; use an image that holds it"
export REDISCLI_AUTH="$own"
${buildReloadCertificates(
  folder,
  // The same name of a file has Redis read the file again.
  `"$client" -e --user ${localRedisUser} --tls --cacert ${folder}/ca.crt -h 127.0.0.1 -p ${port} config set tls-cert-file ${folder}/tls.crt >/dev/null`,
)}unset REDISCLI_AUTH client
`;

/**
 * Builds the POSIX sh script that starts Redis (or Valkey, where only that program is there) on the given configuration with
 * the password of REDIS_PASSWORD, and while a rotation goes on also that of OTHER_REDIS_PASSWORD. They reach it by an included file:
 * arguments are visible to other processes.
 */
export const buildStartRedis = (paths: StartRedisPaths): string => `${buildScriptOpening('redis')}
config=${buildShellWord(paths.configFile)}
secret=${buildShellWord(paths.secretFile)}
own_file=${buildShellWord(paths.localFile)}

require REDIS_PASSWORD
program=$(command -v redis-server || command -v valkey-server) ||
  fail "expected the program redis-server or valkey-server on PATH ($PATH), found none; use an image that holds it"

own=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \\n')
printf %s "$own" >"$own_file.new"
mv "$own_file.new" "$own_file"
accept() { # A password, as a word of redis.conf.
  printf ' ">'
  printf %s "$1" | sed 's/[\\\\"]/\\\\&/g'
  printf '"'
}
{
  printf 'user default on'
  accept "$REDIS_PASSWORD"
  [ -z "\${OTHER_REDIS_PASSWORD-}" ] || accept "$OTHER_REDIS_PASSWORD"
  printf ' ~* &* +@all\\nuser ${localRedisUser} on'
  accept "$own"
  printf ' +ping +config|set\\n'
} >"$secret.new"
mv "$secret.new" "$secret"

${paths.certificates === undefined ? '' : reloadCertificates(paths.certificates)}unset REDIS_PASSWORD OTHER_REDIS_PASSWORD own value
exec "$program" "$config" --include "$secret"
`;
