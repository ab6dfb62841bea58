import { chatStackResource } from '../../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import type { Resource } from '../../runtime/resource.ts';
import { type Command, exitCodes, firstOperand, UsageError } from '../command.ts';
import { type Candidate, completeWords, type Wanted } from '../complete-words.ts';
import { completionScripts, shells } from '../completion-scripts.ts';
import type { Machine } from '../machine.ts';
import { findNearest } from '../nearest.ts';

/** A shell waits for an answer while somebody types: names of the cluster that come later are not offered. */
const patienceMilliseconds = 1500;

const namespaceResource: Resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

/** `chatstack completion SHELL`, and the hidden command that the scripts ask. */
export function buildCompletionCommands(others: readonly Command[]): readonly Command[] {
  const completion: Command = {
    name: 'completion',
    summary: `completion for ${shells.join(', ')}`,
    description: `Prints what a shell evaluates to complete commands, options, files, and names of stacks, namespaces and contexts.
For \`kubectl chatstack\` put the program kubectl_complete-chatstack on the PATH too.`,
    operands: [{ name: 'SHELL', required: true, completes: shells }],
    options: {},
    examples: [
      ['for this bash', 'source <(chatstack completion bash)'],
      ['for every fish', 'chatstack completion fish > ~/.config/fish/completions/chatstack.fish'],
    ],
    async run(args, machine) {
      const asked = firstOperand(args);
      const shell = shells.find((each) => each === asked);
      if (shell === undefined) {
        const near = findNearest(asked, shells);
        const hint = near === undefined ? '' : `. Did you mean ${near}?`;
        throw new UsageError(`completion: expected ${shells.join(', ')}, found "${asked}"${hint}`);
      }
      machine.out(completionScripts[shell]);
      return exitCodes.done.code;
    },
  };
  const complete: Command = {
    name: 'complete',
    hidden: true,
    summary: 'what fits at the cursor',
    description:
      'Answers the scripts of `chatstack completion`: a candidate with its description per line, and in the last line :0 where files fit, else :4.',
    operands: [{ name: 'WORD', required: false, repeats: true }],
    options: {},
    examples: [['what options has plan?', 'chatstack complete -- plan --']],
    async run({ operands }, machine) {
      const wanted = completeWords(operands, [...others, completion]);
      const current = operands.at(-1) ?? '';
      const candidates = [...wanted.candidates, ...(await askElsewhere(wanted, machine))];
      const lines = candidates
        .filter(({ word }) => word.startsWith(current))
        .map(({ word, description }) => `${word}${description === undefined ? '' : `\t${description}`}\n`);
      machine.out(`${lines.join('')}:${wanted.asks === 'files' ? 0 : 4}\n`);
      return exitCodes.done.code;
    },
  };
  return [completion, complete];
}

/** Names that only the kubeconfig or the cluster knows; none when it doesn't answer. */
async function askElsewhere({ asks, given }: Wanted, machine: Machine): Promise<readonly Candidate[]> {
  if (asks === undefined || asks === 'files') return [];
  const choice = { context: given.context, kubeconfig: given.kubeconfig };
  try {
    if (asks === 'contexts') return (await machine.listContexts(choice)).map((word) => ({ word }));
    const { client, namespace } = await machine.openCluster({ ...choice, patienceMilliseconds });
    if (asks === 'namespaces')
      return (await client.list(namespaceResource)).items.map(({ metadata }) => ({ word: metadata.name }));
    const { items } = await client.list(chatStackResource, { namespace: given.namespace ?? namespace });
    return items.map((stack) => ({ word: stack.metadata.name, description: `ChatStack, ${describeReady(stack)}` }));
  } catch {
    return [];
  }
}

function describeReady({ status }: KubernetesObject): string {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string; reason: string }[] };
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? 'ready' : (ready?.reason ?? 'new');
}
