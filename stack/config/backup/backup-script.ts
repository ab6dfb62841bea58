import { buildBackupOpening } from './opening.ts';

/** Reads COPY blocks: writes a JSON line for each table with its rows, and the newest migration to the file \`migration\`. */
const countRows = `
  function json(text,  place, out, letter) {
    for (place = 1; place <= length(text); place++) {
      letter = substr(text, place, 1)
      out = out (letter == "\\"" || letter == "\\\\" ? "\\\\" : "") letter
    }
    return out
  }
  copying && $0 == "\\\\." { copying = 0; printf "    \\"%s\\": %d\\n", json(table), rows; next }
  copying { rows++; if (column) { split($0, values, "\\t"); newest = values[column] }; next }
  /^COPY .* FROM stdin;$/ {
    copying = 1; rows = 0; column = 0; end = index($0, " (")
    table = substr($0, 6, end - 6)
    if (table == "public.schema_migration") {
      names = substr($0, end + 2); sub(/\\) FROM stdin;$/, "", names); count = split(names, list, ", ")
      for (place = 1; place <= count; place++) if (list[place] == "name") column = place
    }
  }
  END { print newest >migration }`;

/**
 * Builds the script that makes one backup. pg_dump reads a single snapshot; the archive is then read to its end, which both proves
 * that it can be and counts the rows of that snapshot. It is renamed into place when all of it is on the disk: a partial backup
 * never counts, and older ones go only after that.
 *
 * Environment: PG* (as the role \`chatstack\`), DATABASE_LOGIN_USER (set: in its stead), BACKUPS, KEEP, STACK, NAMESPACE, RESULT (a file for the summary).
 */
export const buildBackupScript = (): string => `${buildBackupOpening('backup')}
[ -z "\${DATABASE_LOGIN_USER-}" ] || export PGUSER="$DATABASE_LOGIN_USER"
exec 9>>.lock
flock -w 3600 9 || fail 'expected the folder to be free within an hour, found another backup or restore at work; see its Job'
rm -rf ./*.partial ./*.deleting

id=$(date -u +%Y%m%dT%H%M%SZ)
while [ -e "$id" ]; do
  sleep 1
  id=$(date -u +%Y%m%dT%H%M%SZ)
done
partial=$id.partial
started=$(date +%s)
trap 'rm -rf "$partial"' EXIT
trap 'exit 143' TERM INT
mkdir "$partial"
full() {
  df -P . | awk 'NR == 2 { printf "%d MiB are free", $4 / 1024 }'
}
echo "backup: dumping to $id"
# The schema pgbouncer is the operator's, who makes it again.
pg_dump --format=custom --compress=3 --exclude-schema=pgbouncer --lock-wait-timeout=600s --file="$partial/dump" ||
  fail "pg_dump failed (the reason is above; $(full) on the volume): older backups stay; make room if it is full: raise postgres.backup.volume.size or lower keep"

tables=$partial/tables
# shellcheck disable=SC2016
{ pg_restore --data-only --file=- "$partial/dump" || echo failed >"$partial/unreadable"; } |
  awk -v migration="$partial/migration" '${countRows}' >"$tables"
[ ! -e "$partial/unreadable" ] || fail 'the archive can not be read back (the reason is above): it is thrown away, older backups stay'
rows=$(awk '{ rows += $NF } END { printf "%d", rows }' "$tables")
bytes=$(wc -c <"$partial/dump" | tr -d ' ')
digest=$(sha256sum "$partial/dump" | cut -d ' ' -f 1)
seconds=$(($(date +%s) - started))
{
  printf '{\\n  "format": 1,\\n  "id": "%s",\\n  "stack": "%s",\\n  "namespace": "%s",\\n' "$id" "$STACK" "$NAMESPACE"
  printf '  "bytes": %s,\\n  "sha256": "%s",\\n  "rows": %s,\\n  "seconds": %s,\\n' "$bytes" "$digest" "$rows" "$seconds"
  printf '  "postgres": "%s",\\n  "migration": "%s",\\n' "$(pg_dump --version | sed 's/^[^0-9]*//; s/ .*//')" "$(cat "$partial/migration")"
  printf '  "tables": {\\n'
  sed '$!s/$/,/' "$tables"
  printf '  }\\n}\\n'
} >"$partial/manifest.json" || fail "the manifest could not be written ($(full) on the volume): older backups stay"
rm "$tables" "$partial/migration"
sync
mv "$partial" "$id"
sync
trap - EXIT

complete | tail -n "+$((KEEP + 1))" | while read -r old; do
  echo "backup: removing $old, for $KEEP are kept"
  mv "$old" "$old.deleting"
  rm -rf "$old.deleting"
done
summary=$(printf '{"id":"%s","bytes":%s,"rows":%s,"seconds":%s}' "$id" "$bytes" "$rows" "$seconds")
echo "$summary" >"$RESULT"
echo "backup: complete $summary"
`;
