import type { Command } from '@chatstack/operator/command-line/command.ts';
import { commands } from '@chatstack/operator/command-line/commands.ts';
import { buildCommandHelp, exitCodeRows } from '@chatstack/operator/command-line/help.ts';

const head = `# The command line

<!-- Made by \`make generate\` from operator/command-line; edits are lost. -->

\`chatstack\` plans ChatStacks, shows how they are, and says what to do. In a checkout it is \`npx chatstack\`; with \`kubectl-chatstack\` on the PATH it is also
\`kubectl chatstack\`.

It talks to the cluster that kubectl would: \`--kubeconfig\`, else KUBECONFIG, else a pod's service account, else \`~/.kube/config\`, in its current context or that of \`--context\`, and
in the namespace of \`-n\`, else of the context. Commands that need no cluster open none. It has no rights of its own: what you may not see or write, it may not either, and says so.

Messages say what was expected, what was found and what to do; a misspelt command or option is told the nearest one. Colours appear on a terminal alone, and not
when NO_COLOR is set.

## Exit codes

| code | meaning |
|---|---|
${exitCodeRows.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}

## Shell completion

Commands, options, their values, files, contexts, namespaces and names of stacks are completed. Names come from the cluster, and are left out when it does not answer within 1.5 s.

| shell | |
|---|---|
| bash | \`source <(chatstack completion bash)\` in \`~/.bashrc\` |
| zsh | \`source <(chatstack completion zsh)\` in \`~/.zshrc\`, behind \`compinit\` |
| fish | \`chatstack completion fish > ~/.config/fish/completions/chatstack.fish\` |
| kubectl | \`kubectl_complete-chatstack\` on the PATH, beside \`kubectl-chatstack\` |

## What --diff can tell

\`chatstack plan --diff\` has the API server try every object with the operator's field manager. So it shows what the operator would make of the file, defaults filled in and fields of others
kept; \`-\` and \`+\` lines are of the objects as the cluster keeps them, without bookkeeping, and values of Secrets are never shown. It reads the operator's own settings (the image
of the service) off its Deployment, and the revision of the passwords off the running pods. What the operator observes by itself (\`max_connections\` of an external server) is taken from its last plan.
A stack that is kept to an older plan ([upgrades](../operations/upgrade.md)) is compared as the change would leave it; \`--upgrade\` adds what the running version's defaults would change.
`;

const describe = (command: Command): string => `## chatstack ${command.name}

\`\`\`text
${buildCommandHelp(command).trimEnd()}
\`\`\`
`;

/** Builds the reference page of the command line, as Markdown, from the table of commands. */
export const buildCommandLinePage = (): string =>
  [head, ...commands.filter(({ hidden }) => !hidden).map(describe)].join('\n');
