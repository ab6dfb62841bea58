import { type Command, exitCodes, type OptionDefinition } from './command.ts';
import { commonOptions } from './parse-arguments.ts';

const rows = (entries: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...entries.map(([head]) => head.length));
  return entries.map(([head, text]) => `  ${head.padEnd(width)}  ${text}\n`).join('');
};

const optionHead = (name: string, { short, value, choices }: OptionDefinition): string => {
  const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}`;
  return value === undefined ? flag : `${flag} ${choices?.join('|') ?? value}`;
};

const optionRows = (options: { readonly [name: string]: OptionDefinition }): string =>
  rows(
    Object.entries(options).map(
      ([name, definition]) => [optionHead(name, definition), definition.description] as const,
    ),
  );

/** Exit codes, as the help and the reference list them. */
export const exitCodeRows: readonly (readonly [string, string])[] = Object.values(exitCodes).map(
  ({ code, meaning }) => [String(code), meaning] as const,
);

/** How a command is called, in one line. */
export const describeUsage = ({ name, operands }: Command, program = 'chatstack'): string =>
  [
    program,
    name,
    ...operands.map((operand) => (operand.required ? operand.name : `[${operand.name}]`)),
    '[options]',
  ].join(' ');

/** The text of `chatstack --help`. */
export const buildHelp = (commands: readonly Command[]): string =>
  `chatstack: plans ChatStacks, shows how they are, and says what to do

Usage:
  chatstack COMMAND [options]        also: kubectl chatstack COMMAND [options]

Commands:
${rows(commands.filter(({ hidden }) => !hidden).map(({ name, summary }) => [name, summary] as const))}
Options:
${optionRows(commonOptions)}
Exit codes:
${rows(exitCodeRows)}
chatstack COMMAND --help explains a command, with examples.
`;

/** The text of `chatstack COMMAND --help`. */
export const buildCommandHelp = (command: Command): string =>
  `Usage: ${describeUsage(command)}

${command.description}

Options:
${optionRows({ ...command.options, help: commonOptions.help as OptionDefinition })}
Examples:
${command.examples.map(([purpose, line]) => `  # ${purpose}\n  ${line}\n`).join('')}`;
