import { buildBootstrapSchemaSql, loginPairs } from '../bootstrap-sql.ts';
import { buildBackupOpening } from './opening.ts';

/** The database that a backup is restored into, before it takes the place of the other. */
export const freshDatabase = 'chatstack_restore';
/** The database that was replaced; kept until the restore is finished, or the next one begins. */
export const replacedDatabase = 'chatstack_before_restore';

const opening = (program: string): string => `${buildBackupOpening(program)}
admin() { # SQL of standard input, as the superuser, in a database.
  PGUSER=postgres PGPASSWORD=$POSTGRES_PASSWORD psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$1"
}
`;

/**
 * Builds the script that checks a backup and loads it into a database of its own. What is in the dump is run with the rights of the
 * role \`chatstack\` alone, whoever wrote it. The database in use is not touched.
 *
 * Environment: PGHOST, PGPORT, POSTGRES_PASSWORD, SERVICE_PASSWORD, DATABASE_LOGIN_USER (unset: chatstack), BACKUPS, WORK, BACKUP (an id or
 * "latest"), REQUEST.
 */
export const buildLoadScript = (): string => `${opening('restore')}
mark="chatstack restore $REQUEST"
found=$(echo "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'chatstack';" | admin postgres) ||
  fail 'expected to log in to Postgres as its superuser, could not; the reason is above'
if [ "$found" = "$mark" ]; then
  echo 'restore: this very restore has been done already'
  touch "$WORK/done"
  exit 0
fi

exec 9<.lock
flock -s -w 3600 9 || fail 'expected to read the folder within an hour, found a backup at work; see its Job'
id=$BACKUP
[ "$id" != latest ] || id=$(complete | head -n 1)
if [ -z "$id" ] || [ ! -f "$id/manifest.json" ] || [ ! -f "$id/dump" ]; then
  refuse "expected a complete backup $BACKUP, found none; there are: $(complete | tr '\\n' ' '). The database is as it was"
fi
echo "restore: checking $id"
[ "$(field "$id" format)" = 1 ] || refuse "expected format 1 in the manifest of $id, found $(field "$id" format); use the ChatStack that made it. The database is as it was"
bytes=$(wc -c <"$id/dump" | tr -d ' ')
[ "$bytes" = "$(field "$id" bytes)" ] || refuse "expected $(field "$id" bytes) bytes in the dump of $id, found $bytes: it is damaged; restore another. The database is as it was"
[ "$(sha256sum "$id/dump" | cut -d ' ' -f 1)" = "$(field "$id" sha256)" ] || refuse "expected the dump of $id to have the digest of its manifest, found another: it is damaged; restore another. The database is as it was"

printf '%s\\n' 'DROP DATABASE IF EXISTS ${freshDatabase} WITH (FORCE);' 'DROP DATABASE IF EXISTS ${replacedDatabase} WITH (FORCE);' \\
  'CREATE DATABASE ${freshDatabase} OWNER chatstack;' | admin postgres || fail 'the database for the backup could not be made; the reason is above'
admin ${freshDatabase} <<'SQL'
SET client_min_messages = warning;
${buildBootstrapSchemaSql(freshDatabase)}
SQL
echo "restore: loading $id"
export PGUSER="\${DATABASE_LOGIN_USER:-${loginPairs.service.first}}" PGPASSWORD="$SERVICE_PASSWORD" PGDATABASE=${freshDatabase}
# The extension is there already, and a comment on it is its owner's.
pg_restore --exit-on-error --no-owner --no-acl --no-comments --jobs=2 --dbname=${freshDatabase} "$id/dump" ||
  fail "pg_restore of $id failed; the reason is above. The database is as it was"
# Of the tables that are the superuser's it would warn.
psql --no-psqlrc --quiet --command 'SET client_min_messages = error' --command ANALYZE

sed -n '/^  "tables": {$/,/^  }$/ s/^    "\\(.*\\)": \\([0-9]*\\),\\{0,1\\}$/\\2 \\1/p' "$id/manifest.json" | sed 's/\\\\\\(.\\)/\\1/g' | while read -r rows table; do
  found=$(psql --no-psqlrc --quiet --no-align --tuples-only --command "SELECT count(*) FROM $table")
  [ "$found" = "$rows" ] || refuse "expected $rows rows in $table of $id, found $found: restore another. The database is as it was"
done
echo "$id" >"$WORK/id"
echo "restore: $id holds $(field "$id" rows) rows, as its manifest says"
`;

/**
 * Builds the script that puts the loaded database into the place of the other. Both names change in one transaction: at every moment
 * there is one whole database of the name, the old or the new. Whoever is still connected is cut off, and can not come back to the old.
 */
export const buildSwapScript = (): string => `${opening('restore')}
[ ! -e "$WORK/done" ] || exit 0
id=$(cat "$WORK/id")
open_again() {
  echo "DO \\$do\\$ BEGIN IF EXISTS (SELECT FROM pg_database WHERE datname = 'chatstack') THEN ALTER DATABASE chatstack ALLOW_CONNECTIONS true; END IF; END \\$do\\$;" | admin postgres
}
trap open_again EXIT
trap 'exit 143' TERM INT
printf '%s\\n' "COMMENT ON DATABASE ${freshDatabase} IS 'chatstack restore $REQUEST';" | admin postgres
tries=0
until admin postgres <<'SQL' >/dev/null
ALTER DATABASE chatstack ALLOW_CONNECTIONS false;
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname IN ('chatstack', '${freshDatabase}') AND pid <> pg_backend_pid();
BEGIN;
ALTER DATABASE chatstack RENAME TO ${replacedDatabase};
ALTER DATABASE ${freshDatabase} RENAME TO chatstack;
COMMIT;
SQL
do
  tries=$((tries + 1))
  [ "$tries" -lt 20 ] || fail 'the databases could not change places; the reason is above. The database is as it was'
  sleep 1
done
echo "restore: $id has taken the place of the database, which is kept as ${replacedDatabase}"
`;

/** Builds the script that deletes the database that a restore replaced. */
export const buildFinishScript = (): string => `${opening('restore')}
echo 'DROP DATABASE IF EXISTS ${replacedDatabase} WITH (FORCE);' | admin postgres || fail 'the replaced database could not be deleted; the reason is above'
echo 'restore: the database that was replaced is deleted'
`;
