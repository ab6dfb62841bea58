import { buildBootstrapRolesSql, buildBootstrapSchemaSql } from './bootstrap-sql.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

/** Where the start script finds and keeps its files. Absolute paths. */
export type StartPostgresPaths = {
  /** PGDATA; its parent must be writable, since a new cluster is made beside it and moved into place. */
  readonly dataFolder: string;
  readonly configFile: string;
  readonly hbaFile: string;
};

/**
 * Builds the POSIX sh script that makes, prepares and starts Postgres.
 *
 * Environment: POSTGRES_PASSWORD (superuser `postgres`), SERVICE_PASSWORD (role `chatstack`), PGBOUNCER_PASSWORD (role
 * `pgbouncer_auth`). Needs only `initdb` and `postgres` on PATH and coreutils: no psql.
 *
 * ```
 *  no data ──initdb──▶ <data>.new ──mv──▶ <data> ──postgres --single──▶ <data>.bootstrap ──exec──▶ postgres
 *     ▲ a crash before mv leaves only .new, thrown away   ▲ a crash before the mark repeats the (idempotent) SQL
 * ```
 *
 * The bootstrap runs again only when its text changed (passwords included): a new ALTER ROLE … PASSWORD draws a new
 * SCRAM salt, and poolers that remember the old one could no longer log in until their next lookup.
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
command -v postgres >/dev/null || fail "expected the program postgres on PATH ($PATH), found none; use an image that holds it"
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
roles=$(
  cat <<'SQL'
${buildBootstrapRolesSql()}
SQL
  printf 'ALTER ROLE postgres PASSWORD %s;\\n\\n' "$(literal "$POSTGRES_PASSWORD")"
  printf 'ALTER ROLE chatstack LOGIN PASSWORD %s;\\n\\n' "$(literal "$SERVICE_PASSWORD")"
  printf 'ALTER ROLE pgbouncer_auth LOGIN PASSWORD %s;\\n\\n' "$(literal "$PGBOUNCER_PASSWORD")"
)
schema=$(
  cat <<'SQL'
${buildBootstrapSchemaSql()}
SQL
)
if command -v sha256sum >/dev/null; then digest=sha256sum; else digest='shasum -a 256'; fi
wanted=$(printf '%s\\n' "$roles" "$schema" | $digest | cut -d ' ' -f 1)
[ -n "$wanted" ] || fail 'expected the program sha256sum or shasum, found none; use an image that holds one'
if [ "$wanted" != "$(cat "$mark" 2>/dev/null)" ]; then
  echo 'start-postgres: setting roles and database'
  # CREATE DATABASE works neither in a function nor twice, so it is asked for first.
  exists=$(printf '%s\\n\\n' "$roles" "SELECT datname FROM pg_database WHERE datname = 'chatstack';" | single postgres) ||
    fail 'the roles could not be set; the reason is above'
  case $exists in
    *'"chatstack"'*) ;;
    *) printf 'CREATE DATABASE chatstack OWNER chatstack;\\n\\n' | single postgres >/dev/null || fail 'the database could not be made; the reason is above' ;;
  esac
  printf '%s\\n\\n' "$schema" | single chatstack >/dev/null || fail 'the database could not be prepared; the reason is above'
  echo "$wanted" >"$mark.new"
  mv "$mark.new" "$mark"
fi

# 4. Postgres takes this process's place and number; it needs none of the passwords.
unset POSTGRES_PASSWORD SERVICE_PASSWORD PGBOUNCER_PASSWORD roles schema value
trap - TERM INT
exec postgres -c config_file="$config" -c hba_file="$hba" -D "$data"
`;
