import { buildBackupOpening } from './opening.ts';

/** Builds the script that writes the manifest of each complete backup as one line of JSON, newest first. Environment: BACKUPS. */
export const buildListScript = (): string => `${buildBackupOpening('list')}
exec 9<.lock
flock -s -w 600 9 || fail 'expected to read the folder within ten minutes, found a backup at work; try again later'
complete | while read -r id; do
  tr -d '\\n' <"$id/manifest.json"
  echo
done
`;
