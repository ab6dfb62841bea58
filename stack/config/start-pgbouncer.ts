import { buildScriptOpening, buildShellWord } from './shell.ts';

/** What the start script of PgBouncer is told. Absolute paths. */
export type StartPgbouncerOptions = {
  readonly iniFile: string;
  /** The `auth_file` of the ini; its folder must be writable (a memory-backed one: it holds passwords). */
  readonly userlistFile: string;
  /**
   * Where logins come from: `lookup` = auth_query as role pgbouncer_auth (PGBOUNCER_PASSWORD); `listed` = the one user of an
   * external Postgres (PGUSER, PGPASSWORD), whose database has no lookup function of ours.
   */
  readonly logins: 'lookup' | 'listed';
  /** Open files it needs for all its clients and servers; a shell's usual 1024 would turn clients away unnoticed. */
  readonly fileDescriptors?: number;
};

const raiseLimit = (wanted: number): string => `
# shellcheck disable=SC3045
if [ "$(ulimit -S -n)" != unlimited ] && [ "$(ulimit -S -n)" -lt ${wanted} ] && ! ulimit -S -n ${wanted} 2>/dev/null; then
  ulimit -S -n "$(ulimit -H -n)"
  echo "start-pgbouncer: expected a limit of ${wanted} open files, found $(ulimit -H -n); clients above it are turned away until the limit is raised" >&2
fi
`;

/**
 * Builds the POSIX sh script that writes userlist.txt and starts PgBouncer on the given ini. Environment:
 * PGBOUNCER_ADMIN_PASSWORD (user `chatstack_admin` of the admin console) and, by `logins`, PGBOUNCER_PASSWORD or PGUSER
 * and PGPASSWORD.
 */
export const buildStartPgbouncer = (options: StartPgbouncerOptions): string => {
  const listed = options.logins === 'listed';
  const variables = [...(listed ? ['PGUSER', 'PGPASSWORD'] : ['PGBOUNCER_PASSWORD']), 'PGBOUNCER_ADMIN_PASSWORD'];
  const login = listed ? 'entry "$PGUSER" "$PGPASSWORD"' : 'entry pgbouncer_auth "$PGBOUNCER_PASSWORD"';
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
{
  ${login}
  entry chatstack_admin "$PGBOUNCER_ADMIN_PASSWORD"
} >"$userlist.new"
mv "$userlist.new" "$userlist"

unset ${variables.join(' ')} value
${options.fileDescriptors === undefined ? '' : raiseLimit(options.fileDescriptors)}exec pgbouncer "$ini"
`;
};
