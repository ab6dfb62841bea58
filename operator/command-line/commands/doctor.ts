import { clusterOptions, openPlace, outputOption } from '../cluster-options.ts';
import { type Command, exitCodes } from '../command.ts';
import { clusterChecks } from '../doctor/check-cluster.ts';
import { operatorChecks } from '../doctor/check-operator.ts';
import { stackChecks } from '../doctor/check-stack.ts';
import { type Finding, runChecks } from '../doctor/finding.ts';
import { stackOperand } from '../find-stack.ts';
import type { Display } from '../machine.ts';
import { observeStackView } from '../observe-status.ts';
import { type Paint, painterOf, wrapText } from '../text-view.ts';

/** `chatstack doctor`. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'checks a cluster, or a stack in it, and says what to do',
  description: `Looks at what stacks need of a cluster: its version, the definition of ChatStack, the operator with its lead and its rights, storage, DNS. With the
NAME of a stack, also at its conditions, pods, volumes, budget, Secrets, certificates and backups. Each finding that is not fine comes with what to do. Exits
with ${exitCodes.refused.code} when there is an error; warnings and what may not be looked at are none.`,
  operands: [{ ...stackOperand, required: false }],
  options: { ...clusterOptions, ...outputOption },
  examples: [
    ['can this cluster run stacks?', 'chatstack doctor'],
    ['what is wrong with acme?', 'chatstack doctor acme -n chat'],
  ],
  async run(args, machine) {
    const place = await openPlace(args, machine);
    const [name] = args.operands;
    const now = machine.now();
    const findings = [
      ...(await runChecks(clusterChecks, place)),
      ...(await runChecks(operatorChecks, { ...place, now })),
      ...(name === undefined
        ? []
        : await runChecks(stackChecks, { ...place, now, view: await observeStackView(place, name) })),
    ];
    const isJson = args.values.output === 'json';
    machine.out(isJson ? `${JSON.stringify({ findings }, null, 2)}\n` : describeFindings(findings, machine.display));
    return findings.some(({ level }) => level === 'error') ? exitCodes.refused.code : exitCodes.done.code;
  },
};

const marks = { fine: '✓', note: '·', warning: '!', error: '✗' } as const;
const tones = { fine: 'green', note: 'dim', warning: 'yellow', error: 'red' } as const;

/** Columns before the text of a finding: mark, subject, spaces. */
const indent = 19;

/** Prints findings, each with what to do, and their sum. */
export function describeFindings(findings: readonly Finding[], display: Display): string {
  const paint = painterOf(display);
  const count = (level: Finding['level']) => findings.filter((each) => each.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const sum = `${findings.length} findings: ${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  const tone = errors > 0 ? 'red' : warnings > 0 ? 'yellow' : 'green';
  return `${[...findings.flatMap((each) => describeFinding(each, paint, display.columns)), '', paint(tone, sum)].join('\n')}\n`;
}

function describeFinding({ subject, level, message, remedy }: Finding, paint: Paint, columns: number): string[] {
  const width = Math.max(20, columns - indent);
  const [first = '', ...rest] = wrapText(message, width);
  const margin = ' '.repeat(indent);
  return [
    `${paint(tones[level], marks[level])} ${subject.padEnd(indent - 3)} ${first}`,
    ...rest.map((text) => `${margin}${text}`),
    ...wrapText(`→ ${remedy ?? ''}`, width)
      .filter(() => remedy !== undefined)
      .map((text) => `${margin}${paint('bold', text)}`),
  ];
}
