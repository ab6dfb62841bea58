import { splitWords } from '../../command-line/shell-words.ts';
import { describeLoad } from '../../results/groups.ts';
import type { LoadRun } from '../../results/load-run.ts';
import type { Results } from '../criteria/criterion.ts';
import { formatBytes } from '../figures.ts';
import { proposeChanges } from '../tuning/propose.ts';
import { buildTable } from './table.ts';

/** Fields of the ChatStack to change, with values to try. */
export function buildTuning(results: Results): string {
  const proposals = proposeChanges(results);
  if (proposals.length === 0) return 'Nothing to change: no rule found a field that held the stack back.';
  const rows = proposals.map(({ field, present, proposed, because }) => [
    `\`spec.${field}\``,
    `\`${present}\``,
    `\`${proposed}\``,
    because,
  ]);
  const titles = ['field of the ChatStack', 'is', 'try', 'because'].map((title) => ({ title }));
  return `${buildTable(titles, rows)}\n\nEach is a next step to measure, not a last word. \`chatstack plan\` tells whether the connection budget admits it; \`npm run load -- compare\` tells what it did.`;
}

/** Blocks that count for nothing, and why; undefined where all count. */
export function buildVoidBlocks({ blocks }: LoadRun): string {
  const found = blocks.filter((block) => block.void !== undefined);
  if (found.length === 0) return `None: all ${blocks.length} blocks count.`;
  const rows = found.map(({ scenario, configuration, target, repetition, void: reason }) => [
    `${scenario}, ${configuration}`,
    describeLoad(target),
    String(repetition + 1),
    reason ?? '',
  ]);
  const titles = ['scenario, configuration', 'load', 'repetition', 'why'].map((title) => ({ title }));
  return `${found.length} of ${blocks.length} blocks count for nothing:\n\n${buildTable(titles, rows)}`;
}

const count = (value: number): string => value.toLocaleString('en');

/** On what, with what and how the run was made. */
export function buildOrigin(run: LoadRun): string {
  const { environment, settings, configurations } = run;
  const { processor, cores, memoryBytes, system, openFiles, loadAverage, versions } = environment;
  const programs = Object.entries(versions).map(([program, version]) => `${program} ${version}`);
  const state = run.state === 'complete' ? '' : ` The run is ${run.state}: what is missing was not measured.`;
  const words = splitWords(run.command);
  const file = words.includes('--out') ? words[words.indexOf('--out') + 1] : undefined;
  return [
    `${processor}, ${cores} cores, ${formatBytes(memoryBytes)} of memory, ${system}; ${count(openFiles)} open files a process; load average ${loadAverage} when the run began. ${programs.join(', ')}.${run.revision ? ` Revision ${run.revision}.` : ''}${state}`,
    `Seed ${settings.seed}; ${count(settings.conversations)} conversations with ${count(settings.messages)} messages of ${count(settings.users)} users; ${settings.readShare * 100} % reads; warm-up ${settings.warmUpSeconds} s, then blocks of ${settings.blockSeconds} s; users of the closed models think for ${settings.thinkSeconds} s on average.`,
    configurations.map(({ name, description }) => `- **${name}**: ${description}`).join('\n'),
    ['```sh', run.command, `npm run load -- report ${file ?? 'run.json'}`, '```'].join('\n'),
  ].join('\n\n');
}
