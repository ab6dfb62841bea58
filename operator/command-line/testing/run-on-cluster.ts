import { openCluster } from '../open-cluster.ts';
import { runCommand } from '../run-command.ts';

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of `chatstack` in a namespace of a cluster, on a terminal of 100 columns that nobody looks at. */
export async function runOnCluster(
  kubeconfig: string,
  namespace: string,
  args: readonly string[],
): Promise<CommandResult> {
  const output = { out: '', err: '' };
  const code = await runCommand([...args, '-n', namespace], {
    version: '1.2.3',
    display: { columns: 100, isTerminal: false, colours: false },
    listenForStop: () => new AbortController().signal,
    now: Date.now,
    openCluster: (choice) => openCluster({ KUBECONFIG: kubeconfig }, choice),
    listContexts: async () => [],
    readFile: () => '',
    out: (text) => {
      output.out += text;
    },
    err: (text) => {
      output.err += text;
    },
  });
  return { code, ...output };
}
