import { grafanaFolders } from './grafana-provisioning.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

/**
 * Builds the POSIX sh script that unpacks the dashboards and starts Grafana. They come packed, because everybody who watches ConfigMaps
 * keeps them in memory, once for each stack.
 */
export const buildStartGrafana = (
  command: readonly string[],
  { packed, dashboards }: { readonly packed: string; readonly dashboards: string } = grafanaFolders,
): string => `${buildScriptOpening('grafana')}
for file in ${buildShellWord(packed)}/*.gz; do
  [ -e "$file" ] || continue
  gunzip -c "$file" >${buildShellWord(dashboards)}/"$(basename "$file" .gz)" ||
    fail "expected to unpack $file, could not; the reason is above"
done
exec ${command.map(buildShellWord).join(' ')}
`;
