import { buildShellWord } from './shell.ts';

/** Seconds between two looks at the certificates. */
const lookSeconds = 5;

/**
 * Lines of a start script after which a command runs whenever the files in a mounted folder, such as certificates, were replaced. The kubelet swaps all
 * files of the folder at once, by the link `..data`: where it leads tells of a change, and certificate and key always fit.
 * They run in the background of the process that takes the script's place, and end with the container.
 */
export const buildReloadCertificates = (folder: string, command: string, what = 'certificates come'): string => `
# Replaced ${what} into force without a restart.
certificates=${buildShellWord(`${folder}/..data`)}
(
  seen=$(readlink "$certificates")
  while sleep ${lookSeconds}; do
    now=$(readlink "$certificates")
    if [ "$now" != "$seen" ]; then
      if ${command}; then seen=$now; fi
    fi
  done
) &
`;
