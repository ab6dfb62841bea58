import { FAMILIES, type Family, type Fault } from '../fault.ts';
import type { Run } from '../run-fault.ts';
import type { Report } from './report.ts';
import { buildRow } from './table.ts';

const INTRODUCTIONS: Readonly<Record<Family, string>> = {
  'kill -9':
    'Processes end without a word; the kubelet starts their containers again: at once the first time, 10 s, 20 s … later when they crash again within ten minutes.',
  delete: 'Pods are deleted, with the time that they ask for (as by `kubectl drain`) and by force.',
  full: 'No room is left.',
  frozen: 'Processes are there, and do nothing.',
  'cut off': 'Packets do not arrive.',
  operator: 'What happens to the operator happens to no request.',
  change: 'What an administrator does on purpose.',
};

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const HEAD = [
  'fault',
  'requests/s',
  'failed, without tries',
  'failed, with tries',
  'errors came',
  'slowest',
  'recovered after',
  'acknowledged',
];

function buildTable(found: readonly (readonly [Fault, Run])[]): string {
  const rows = found.map(([fault, run]) => line(buildRow(run, fault.isSeamless ?? false).slice(0, HEAD.length)));
  return [line(HEAD), line(HEAD.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows].join('\n');
}

function explain([{ name, what, why }, { errors, figure }]: readonly [Fault, Run]): string {
  const told = Object.entries(errors).map(([error, count]) => `${count} × ${error}`);
  const seen = told.length === 0 ? '' : ` Seen: ${told.join(', ')}.`;
  return `- **${name}**: ${what} ${why}${seen}${figure === undefined ? '' : ` Measured: ${figure}.`}`;
}

/** The page on failover: a table of each family of faults, and what clients see of each and why. */
export function buildFailoverPage({ environment, runs }: Report, faults: readonly Fault[]): string {
  const { cores, kubernetes, nodes, images, node, rate, conversations } = environment;
  const sections = FAMILIES.flatMap((family) => {
    const found = faults
      .filter((fault) => fault.family === family)
      .flatMap((fault) => {
        const run = runs.find(({ name, void: reason }) => name === fault.name && reason === undefined);
        return run ? [[fault, run] as const] : [];
      });
    if (found.length === 0) return [];
    const title = `${family.charAt(0).toUpperCase()}${family.slice(1)}`;
    return [`## ${title}\n\n${INTRODUCTIONS[family]}\n\n${buildTable(found)}\n\n${found.map(explain).join('\n')}\n`];
  });
  return `<!-- Generated from docs/failover.json by \`make generate\`. Change test/faults, not this file. -->
# Failover

What clients see when parts of a stack break, measured by \`make faults\`. Each fault is done to a stack of \`size: small\` with two poolers,
two service processes, one Postgres and one Redis, and two operators of which one leads, under a steady load: nine reads to one send, in
${conversations} conversations, through the typed client over the Service's address. Requests come at their rate whether earlier ones were answered or not.

Half of the clients try once and so see every error; the other half have the client's own policy: five tries, sends under a
\`clientMessageId\`, waits as the service asks for. A run counts only if its rate was answered within 5 %, and nothing failed, in the ten seconds before
the fault. It has recovered when no request fails any more for 5 s and the stack is Ready with all its pods: nobody does anything for it,
but for ending what was done (a frozen process goes on, a cut edge is joined, room is made on a disk). At the end every
conversation is read from Postgres: each acknowledged message must be there, once, in order.

Measured on ${cores} cores and ${nodes} node${nodes === 1 ? '' : 's'} that ran the cluster, the load and other work at once: Kubernetes ${kubernetes}, ${images.postgres}, ${images.pgbouncer}, ${images.redis},
Node ${node}.

*errors came*: the first and the last error, in seconds from the beginning of the fault. *slowest*: the longest that a request took, tries and waits between them included.
*recovered after*: seconds from the end of the fault; from its beginning where it has no end.

*requests/s*: what was answered before the fault; ${rate} unless the machine had too little to spare.

${sections.join('\n')}`;
}
