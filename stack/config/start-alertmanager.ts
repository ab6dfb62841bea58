import { buildReloadCertificates } from './reload-certificates.ts';
import { buildScriptOpening, buildShellWord } from './shell.ts';

/** What the start script of Alertmanager is told. Absolute paths. */
export interface StartAlertmanager {
  /** The file with its configuration, in a folder that Kubernetes mounts. */
  readonly configFile: string;
  readonly dataFolder: string;
  readonly port: number;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Builds the POSIX sh script that starts Alertmanager and has it read its configuration again when that was replaced. */
export const buildStartAlertmanager = ({ configFile, dataFolder, port }: StartAlertmanager): string =>
  `${buildScriptOpening('alertmanager')}${buildReloadCertificates(folderOf(configFile), 'kill -HUP $$', 'configuration comes')}
exec /bin/alertmanager --config.file=${buildShellWord(configFile)} --storage.path=${buildShellWord(dataFolder)} \\
  --web.listen-address=:${port} --cluster.listen-address=
`;
