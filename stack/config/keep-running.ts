import { buildShellWord } from './shell.ts';

/** Seconds until a program that ended is started again. */
const pauseSeconds = 5;

/**
 * The command that runs a program and starts it again when it ends: a container of a pod whose other container must not be called
 * unready for it.
 */
export const buildKeepRunning = (command: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  `trap 'kill $program 2>/dev/null; exit 0' TERM INT
while :; do
  ${command.map(buildShellWord).join(' ')} &
  program=$!
  wait $program
  echo "ended with status $?; it is started again in ${pauseSeconds} s" >&2
  sleep ${pauseSeconds} &
  program=$!
  wait $program
done`,
];
