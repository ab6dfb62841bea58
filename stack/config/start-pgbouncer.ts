import { loginPairs } from './bootstrap-sql.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

/** What the start script of PgBouncer is told. Absolute paths. */
export type StartPgbouncerOptions = {
  readonly iniFile: string;
  /** The `auth_file` of the ini; its folder must be writable (a memory-backed one: it holds passwords). */
  readonly userlistFile: string;
  /**
   * What the ini includes, in a folder that is writable. Set: clients are looked up (auth_query), and the script writes there whose login
   * looks them up. Unset: the one user of an external Postgres is listed (PGUSER, PGPASSWORD), whose database has no lookup function of ours.
   */
  readonly loginFile?: string;
  /** Open files it needs for all its clients and servers; a shell's usual 1024 would turn clients away unnoticed. */
  readonly fileDescriptors?: number;
  /** The `stats_users` of the ini, whose password is in MONITOR_PASSWORD. */
  readonly statsUser?: string;
};

const raiseLimit = (wanted: number): string => `
# shellcheck disable=SC3045
if [ "$(ulimit -S -n)" != unlimited ] && [ "$(ulimit -S -n)" -lt ${wanted} ] && ! ulimit -S -n ${wanted} 2>/dev/null; then
  ulimit -S -n "$(ulimit -H -n)"
  echo "start-pgbouncer: expected a limit of ${wanted} open files, found $(ulimit -H -n); clients above it are turned away until the limit is raised" >&2
fi
`;

const { first, second } = loginPairs.pgbouncer;

const writeLookup = (loginFile: string): string => `
lookup=\${PGBOUNCER_USER:-${first}}
case $lookup in
  ${first} | ${second}) ;;
  *) fail "expected the variable PGBOUNCER_USER to be ${first} or ${second}, found $lookup; correct the Secret" ;;
esac
login=${buildShellWord(loginFile)}
# Not part of the ini: poolers of before and after a rotation read the same one, and each has a login of its own.
printf '[users]\\n; one connection for looking logins up, beside the pool\\n%s = max_user_connections=1\\n\\n[pgbouncer]\\nauth_user = %s\\n' "$lookup" "$lookup" >"$login"
`;

/**
 * Builds the POSIX sh script that writes userlist.txt and starts PgBouncer on the given ini. Environment:
 * PGBOUNCER_ADMIN_PASSWORD (user `chatstack_admin` of the admin console) and, with a lookup, PGBOUNCER_PASSWORD and PGBOUNCER_USER (unset: the
 * first of the pair); otherwise PGUSER and PGPASSWORD; with a `statsUser` MONITOR_PASSWORD.
 */
export const buildStartPgbouncer = (options: StartPgbouncerOptions): string => {
  const { loginFile } = options;
  const variables = [
    ...(loginFile === undefined ? ['PGUSER', 'PGPASSWORD'] : ['PGBOUNCER_PASSWORD']),
    'PGBOUNCER_ADMIN_PASSWORD',
    ...(options.statsUser === undefined ? [] : ['MONITOR_PASSWORD']),
  ];
  const entry = loginFile === undefined ? 'entry "$PGUSER" "$PGPASSWORD"' : 'entry "$lookup" "$PGBOUNCER_PASSWORD"';
  return `${buildScriptOpening('pgbouncer')}
ini=${buildShellWord(options.iniFile)}
userlist=${buildShellWord(options.userlistFile)}

${variables.map((name) => `require ${name}`).join('\n')}
command -v pgbouncer >/dev/null || fail "expected the program pgbouncer on PATH ($PATH), found none; use an image that holds it"

quoted() { # In userlist.txt a quote is written twice.
  printf '"'
  printf %s "$1" | sed 's/"/""/g'
  printf '"'
}
entry() {
  quoted "$1"
  printf ' '
  quoted "$2"
  printf '\\n'
}
${loginFile === undefined ? '' : `${writeLookup(loginFile)}\n`}{
  ${entry}
  entry chatstack_admin "$PGBOUNCER_ADMIN_PASSWORD"
${options.statsUser === undefined ? '' : `  entry ${options.statsUser} "$MONITOR_PASSWORD"\n`}} >"$userlist.new"
mv "$userlist.new" "$userlist"

unset ${variables.join(' ')} value
${options.fileDescriptors === undefined ? '' : raiseLimit(options.fileDescriptors)}exec pgbouncer "$ini"
`;
};
