import { monitorUser } from '../plan/monitoring-plan.ts';
import { buildBootstrapRolesSql, buildBootstrapSchemaSql, buildSecondLoginsSql, loginPairs } from './bootstrap-sql.ts';
import { buildReloadCertificates } from './reload-certificates.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

const { service, pgbouncer: lookup } = loginPairs;

/** Where the start script finds and keeps its files. Absolute paths. */
export type StartPostgresPaths = {
  /** PGDATA; its parent must be writable, since a new cluster is made beside it and moved into place. */
  readonly dataFolder: string;
  readonly configFile: string;
  readonly hbaFile: string;
  /** Where its certificate is; set: it reads it again when it was replaced. */
  readonly certificateFolder?: string;
  /** Whether the role of the exporter may log in. */
  readonly monitored?: boolean;
};

const monitorLogin = `  printf 'ALTER ROLE ${monitorUser} LOGIN PASSWORD %s;\\n\\n' "$(literal "$MONITOR_PASSWORD")"
`;

/** Postgres does not start with a library that it lacks. */
const withoutStatements = `
set --
programs=$(dirname "$(readlink -f "$(command -v postgres)")")
library=
for each in "$programs"/../lib/pg_stat_statements.* "$programs"/../lib/postgresql/pg_stat_statements.*; do
  [ ! -e "$each" ] || library=$each
done
if [ -z "$library" ] && grep -q "^shared_preload_libraries = 'pg_stat_statements'" "$config"; then
  echo 'start-postgres: expected the library pg_stat_statements beside Postgres, found none; there are no metrics of statements' >&2
  set -- -c shared_preload_libraries=
fi
`;

/**
 * Builds the POSIX sh script that makes, prepares and starts Postgres.
 *
 * Environment: POSTGRES_PASSWORD (superuser `postgres`), SERVICE_PASSWORD, PGBOUNCER_PASSWORD; where passwords are rotated also SERVICE_USER
 * and PGBOUNCER_USER (who of a pair logs in; unset: the first), OTHER_SERVICE_PASSWORD and OTHER_PGBOUNCER_PASSWORD (of the other one, while
 * both may), and CREDENTIALS_REVISION; where it is monitored MONITOR_PASSWORD (role `chatstack_monitor`). Needs only `initdb` and `postgres` on PATH and coreutils: no psql.
 *
 * ```
 *  no data ──initdb──▶ <data>.new ──mv──▶ <data> ──postgres --single──▶ <data>.bootstrap ──exec──▶ postgres
 *     ▲ a crash before mv leaves only .new, thrown away   ▲ a crash before the mark repeats the (idempotent) SQL
 * ```
 *
 * The bootstrap runs again only when its text changed, passwords included: a new ALTER ROLE … PASSWORD draws a new SCRAM salt, and poolers
 * that remember the old one could no longer log in until their next lookup. A rotation changes the passwords of the running server, and
 * nothing must set them back: where CREDENTIALS_REVISION is given, another one of it counts and not other passwords.
 */
export const buildStartPostgres = (paths: StartPostgresPaths): string => `${buildScriptOpening('postgres')}
data=${buildShellWord(paths.dataFolder)}
config=${buildShellWord(paths.configFile)}
hba=${buildShellWord(paths.hbaFile)}
mark=$data.bootstrap

# As process 1 of a container, sh would ignore these signals until Postgres has taken its place.
trap 'exit 143' TERM
trap 'exit 130' INT

require POSTGRES_PASSWORD
require SERVICE_PASSWORD
require PGBOUNCER_PASSWORD
${paths.monitored ? 'require MONITOR_PASSWORD\n' : ''}command -v postgres >/dev/null || fail "expected the program postgres on PATH ($PATH), found none; use an image that holds it"
program=$(postgres --version | sed 's/^[^0-9]*\\([0-9]*\\).*$/\\1/')
export LC_ALL=C

# 1. A cluster. The folder appears whole or not at all. Its own pg_hba.conf rejects everyone: ours is given below.
if [ ! -f "$data/PG_VERSION" ]; then
  [ ! -e "$data" ] || rmdir "$data" 2>/dev/null ||
    fail "expected Postgres data (a file PG_VERSION) or nothing at $data, found other files; move them away"
  rm -rf "$data.new" "$mark"
  locale='--locale=C'
  # The builtin locale does not depend on the C library: a newer image can not corrupt the order of indexes.
  [ "$program" -lt 17 ] || locale='--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8'
  echo "start-postgres: making a new cluster in $data"
  # shellcheck disable=SC2086
  initdb --pgdata="$data.new" --username=postgres --encoding=UTF8 $locale --auth=reject --data-checksums >/dev/null
  mv "$data.new" "$data"
fi

found=$(cat "$data/PG_VERSION")
[ "$found" = "$program" ] ||
  fail "expected data of PostgreSQL $program (the version of the program), found data of $found in $data; run PostgreSQL $found, or move the data with pg_dump or pg_upgrade"

# A volume's group rights (fsGroup) may have been widened at mount; Postgres refuses such a folder.
chmod 0700 "$data"

# 2. The lock file of a killed Postgres may name a number that another process has by now, and Postgres would refuse to
# start. Its first line is set to our own number, which Postgres takes for stale; the lines below stay, so that it still
# finds out whether orphans of the old one hold the shared memory.
lock=$data/postmaster.pid
if [ -f "$lock" ] && [ -r /proc/self/comm ]; then
  owner=$(head -n 1 "$lock")
  case $owner in '' | *[!0-9]*) owner=0 ;; esac
  if [ "$(cat "/proc/$owner/comm" 2>/dev/null)" != postgres ] || [ "$(readlink "/proc/$owner/cwd")" != "$(readlink -f "$data")" ]; then
    { echo $$; tail -n +2 "$lock"; } >"$lock.new"
    mv "$lock.new" "$lock"
  fi
fi

# 3. Roles and database.
literal() { # A password as an SQL literal; by standard input, since arguments are visible to other processes.
  printf "'"
  printf %s "$1" | sed "s/'/''/g"
  printf "'"
}
single() { # Statements end in a semicolon and an empty line. The first error ends the program with a failure.
  PG_GRANDPARENT_PID=$$ postgres --single -j -D "$data" -c exit_on_error=on -c password_encryption=scram-sha-256 \\
    -c log_statement=none -c log_min_error_statement=panic -c log_min_messages=warning -c log_checkpoints=off "$1"
}
other() { # The other one of a pair: first, second, who logs in, the variable that names it.
  case $3 in
    "$1") echo "$2" ;;
    "$2") echo "$1" ;;
    *) fail "expected the variable $4 to be $1 or $2, found $3; correct the Secret" ;;
  esac
}
allow() { # Role, password; without one it may not log in.
  if [ -n "$2" ]; then printf 'ALTER ROLE %s LOGIN PASSWORD %s;\\n\\n' "$1" "$(literal "$2")"
  else printf 'ALTER ROLE %s NOLOGIN PASSWORD NULL;\\n\\n' "$1"; fi
}
service=\${SERVICE_USER:-${service.first}}
lookup=\${PGBOUNCER_USER:-${lookup.first}}
other_service=$(other ${service.first} ${service.second} "$service" SERVICE_USER)
other_lookup=$(other ${lookup.first} ${lookup.second} "$lookup" PGBOUNCER_USER)
common=$(
  cat <<'SQL'
${buildBootstrapRolesSql()}
SQL
)
seconds=$(
  cat <<'SQL'
${buildSecondLoginsSql()}
SQL
)
logins=$(
  printf 'ALTER ROLE postgres PASSWORD %s;\\n\\n' "$(literal "$POSTGRES_PASSWORD")"
  allow "$service" "$SERVICE_PASSWORD"
  allow "$lookup" "$PGBOUNCER_PASSWORD"
${paths.monitored ? monitorLogin : ''})
others=$(
  allow "$other_service" "\${OTHER_SERVICE_PASSWORD-}"
  allow "$other_lookup" "\${OTHER_PGBOUNCER_PASSWORD-}"
)
schema=$(
  cat <<'SQL'
${buildBootstrapSchemaSql()}
SQL
)
if command -v sha256sum >/dev/null; then hash=sha256sum; else hash='shasum -a 256'; fi
digest() {
  printf '%s\\n' "$@" | $hash | cut -d ' ' -f 1
}
known=$(cat "$mark" 2>/dev/null || :)
passwords=$(digest "$common$newline$newline$logins" "$schema")
[ -n "$passwords" ] || fail 'expected the program sha256sum or shasum, found none; use an image that holds one'
wanted=$passwords
[ -z "\${CREDENTIALS_REVISION-}" ] || wanted=$CREDENTIALS_REVISION.$(digest "$common" "$seconds" "$schema"${paths.monitored ? ' "$MONITOR_PASSWORD"' : ''})
# A mark of these very passwords, made before there were revisions, is as good.
if [ "$known" != "$wanted" ] && [ "$known" != "$passwords" ]; then
  echo 'start-postgres: setting roles and database'
  # CREATE DATABASE works neither in a function nor twice, so it is asked for first.
  exists=$(printf '%s\\n\\n' "$common" "$seconds" "$logins" "$others" "SELECT datname FROM pg_database WHERE datname = 'chatstack';" | single postgres) ||
    fail 'the roles could not be set; the reason is above'
  case $exists in
    *'"chatstack"'*) ;;
    *) printf 'CREATE DATABASE chatstack OWNER chatstack;\\n\\n' | single postgres >/dev/null || fail 'the database could not be made; the reason is above' ;;
  esac
  printf '%s\\n\\n' "$schema" | single chatstack >/dev/null || fail 'the database could not be prepared; the reason is above'
fi
if [ "$known" != "$wanted" ]; then
  echo "$wanted" >"$mark.new"
  mv "$mark.new" "$mark"
fi

# 4. Postgres takes this process's place and number; it needs none of the passwords.
unset POSTGRES_PASSWORD SERVICE_PASSWORD PGBOUNCER_PASSWORD OTHER_SERVICE_PASSWORD OTHER_PGBOUNCER_PASSWORD MONITOR_PASSWORD logins others value
${paths.certificateFolder === undefined ? '' : buildReloadCertificates(paths.certificateFolder, 'kill -HUP $$')}${paths.monitored ? withoutStatements : ''}trap - TERM INT
exec postgres -c config_file="$config" -c hba_file="$hba"${paths.monitored ? ' "$@"' : ''} -D "$data"
`;
