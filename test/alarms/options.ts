import { readNumber, readTexts, type Variables } from '../faults/read-environment.ts';

/** What the environment asks for. */
export type Options = {
  readonly alarms: readonly string[];
  readonly namespace: string;
  readonly rate: number;
  readonly steadySeconds: number;
  readonly patienceSeconds: number;
  readonly endingSeconds: number;
  readonly keeps: boolean;
  readonly reportFile: string;
};

/** How the command is used. */
export const USAGE = `npm run alarms    (or: make alarms)

Breaks stacks on the cluster of KUBECONFIG until the alerts of their own Prometheus fire, under a gentle load, and tells how long that
took and how long they lasted. While they fire, the commands of their runbooks are run as they are written. Several stacks are broken
side by side. It needs what \`make faults\` needs.

  ALARMS            texts, separated by commas; what holds one in its name is tried: "killed,disk"
  ALARMS_RATE       requests per second of each stack (default 10)
  ALARMS_SECONDS    how long the load goes on before each fault (default 30)
  ALARMS_PATIENCE   seconds that alerts may take beyond their "for" (default 480)
  ALARMS_ENDING     seconds after a fault in which its alert should end (default 360)
  ALARMS_NAMESPACE  namespace of the stacks; others are named after it (default chatstack-alarms)
  ALARMS_REPORT     file that takes the runs as JSON; runs that it has of other faults stay (default .cache/alarms/runs.json).
                    What the commands of runbooks said is kept beside it
  ALARMS_KEEP=1     leave the stacks and the operator where they are

  npm run alarms -- --list    lists the faults
  npm run alarms -- --keep    takes the runs into docs/alarms.json, of which \`make generate\` makes docs/alarms.md`;

/** Reads the environment. Throws for what is no number. */
export function readOptions(environment: Variables): Options {
  const number = (name: string, usual: number) => readNumber(environment, name, usual);
  return {
    alarms: readTexts(environment, 'ALARMS'),
    namespace: environment.ALARMS_NAMESPACE || 'chatstack-alarms',
    rate: number('ALARMS_RATE', 10),
    steadySeconds: number('ALARMS_SECONDS', 30),
    patienceSeconds: number('ALARMS_PATIENCE', 480),
    endingSeconds: number('ALARMS_ENDING', 360),
    keeps: environment.ALARMS_KEEP === '1',
    reportFile: environment.ALARMS_REPORT || '.cache/alarms/runs.json',
  };
}
