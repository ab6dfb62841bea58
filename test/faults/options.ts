import { readNumber, readTexts, type Variables } from './read-environment.ts';

/** What the environment asks for. Seconds, and requests per second. */
export type FaultsOptions = {
  readonly faults: readonly string[];
  readonly namespace: string;
  readonly rate: number;
  readonly conversations: number;
  readonly steadySeconds: number;
  readonly patienceSeconds: number;
  readonly baseUrl: string | undefined;
  readonly keeps: boolean;
  readonly reportFile: string;
};

/** How the command is used. */
export const USAGE = `npm run faults    (or: make faults)

Breaks a ChatStack on the cluster of KUBECONFIG in many ways, one after the other, under a steady load of reads and sends
through the client, and tells what clients saw. Builds images and installs the chart as \`make e2e\` does (LOAD_IMAGE too).
It needs a namespace that admits privileged pods: processes are signalled from their node.

  FAULTS            texts, separated by commas; faults whose names or families hold one are done: "kill redis,cut off"
  FAULTS_RATE       requests per second (default 200)
  FAULTS_SECONDS    how long the load is measured before each fault (default 10)
  FAULTS_PATIENCE   seconds in which a stack must come back by itself (default 180)
  FAULTS_NAMESPACE  namespace of the stack; others are named after it (default chatstack-faults)
  FAULTS_URL        where the service is reached (default: its ClusterIP, for a machine that is a node of the cluster)
  FAULTS_REPORT     file that takes the runs as JSON; runs that it has of other faults stay (default .cache/faults/runs.json)
  FAULTS_KEEP=1     leave the stack and the operator where they are

  npm run faults -- --list    lists the faults
  npm run faults -- --keep    takes the runs into docs/failover.json, of which \`make generate\` makes docs/failover.md`;

/** Reads the environment. Throws for what is no number. */
export function readOptions(environment: Variables): FaultsOptions {
  const number = (name: string, usual: number) => readNumber(environment, name, usual);
  return {
    faults: readTexts(environment, 'FAULTS'),
    namespace: environment.FAULTS_NAMESPACE || 'chatstack-faults',
    rate: number('FAULTS_RATE', 200),
    conversations: 40,
    steadySeconds: number('FAULTS_SECONDS', 10),
    patienceSeconds: number('FAULTS_PATIENCE', 180),
    baseUrl: environment.FAULTS_URL || undefined,
    keeps: environment.FAULTS_KEEP === '1',
    reportFile: environment.FAULTS_REPORT || '.cache/faults/runs.json',
  };
}
