import { parseArgs } from 'node:util';
import { type Arguments, type Command, type OptionDefinition, UsageError } from './command.ts';
import { findNearest } from './nearest.ts';

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'run'; readonly command: Command; readonly args: Arguments }
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'version' };

/** Options that every command takes. */
export const commonOptions: { readonly [name: string]: OptionDefinition } = {
  help: { short: 'h', description: 'what the command does, with examples' },
  version: { description: 'the version of this program' },
};

interface OptionToken {
  readonly kind: 'option';
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** Reads the arguments behind the program's name. Throws `UsageError` with what was expected, found, and probably meant. */
export function parseArguments(args: readonly string[], commands: readonly Command[]): Request {
  const known: { readonly [name: string]: OptionDefinition } = Object.assign(
    {},
    commonOptions,
    ...commands.map(({ options }) => options),
  );
  const { tokens, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(known).map(([name, { short, value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
      ]),
    ),
  });
  const options = tokens.filter((token) => token.kind === 'option') as readonly OptionToken[];
  const asks = (name: string) => options.some((option) => option.name === name);
  const [first, ...operands] = positionals;
  if (asks('version') && first === undefined) return { kind: 'version' };
  if (first === 'help') {
    return { kind: 'help', command: operands[0] === undefined ? undefined : findCommand(operands[0], commands) };
  }
  if (first === undefined) {
    for (const option of options) checkKnown(option, known);
    if (options.length > 0 && !asks('help')) throw new UsageError(`expected a command, found ${options[0]?.rawName}`);
    return { kind: 'help', command: undefined };
  }
  const command = findCommand(first, commands);
  if (asks('help')) return { kind: 'help', command };
  return { kind: 'run', command, args: readArguments(command, { options, operands, known, commands }) };
}

function findCommand(name: string, commands: readonly Command[]): Command {
  const found = commands.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = commands.filter(({ hidden }) => !hidden).map((each) => each.name);
  const near = findNearest(name, names);
  throw new UsageError(
    near === undefined
      ? `expected a command (${names.join(', ')}), found "${name}"`
      : `expected a command, found "${name}". Did you mean ${near}?`,
  );
}

interface Given {
  readonly options: readonly OptionToken[];
  readonly operands: readonly string[];
  readonly known: { readonly [name: string]: OptionDefinition };
  readonly commands: readonly Command[];
}

function readArguments(command: Command, { options, operands, known, commands }: Given): Arguments {
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  for (const token of options) {
    checkKnown(token, { ...commonOptions, ...command.options }, (name) => belonging(command, name, known, commands));
    const definition = command.options[token.name] ?? commonOptions[token.name];
    if (definition?.value === undefined) {
      if (token.value !== undefined)
        throw new UsageError(`${token.rawName}: expected no value, found "${token.value}"`);
      flags.add(token.name);
    } else {
      values[token.name] = readValue(token, definition);
    }
  }
  checkOperands(command, operands);
  return { operands, values, flags };
}

/** Says of an option of other commands whose it is. */
function belonging(
  command: Command,
  name: string,
  known: Given['known'],
  commands: readonly Command[],
): string | undefined {
  if (known[name] === undefined) return undefined;
  const owners = commands.filter(({ options }) => options[name] !== undefined).map((each) => each.name);
  return `${command.name}: expected no --${name}, which belongs to ${owners.join(', ')}`;
}

function checkKnown(
  { name, rawName }: OptionToken,
  known: { readonly [name: string]: OptionDefinition },
  explain: (name: string) => string | undefined = () => undefined,
): void {
  if (known[name] !== undefined) return;
  const near = findNearest(name, Object.keys(known));
  const explained = explain(name);
  if (explained !== undefined) throw new UsageError(explained);
  const hint = near === undefined ? '' : `. Did you mean --${near}?`;
  throw new UsageError(`expected a known option, found ${rawName}${hint}`);
}

function readValue({ rawName, value, inlineValue }: OptionToken, definition: OptionDefinition): string {
  const isMissing = value === undefined || (!inlineValue && value.length > 1 && value.startsWith('-'));
  if (isMissing) {
    throw new UsageError(`${rawName}: expected ${definition.value} behind it, found ${value ?? 'nothing'}`);
  }
  const { choices } = definition;
  if (choices !== undefined && !choices.includes(value)) {
    throw new UsageError(`${rawName}: expected ${choices.join(' or ')}, found "${value}"`);
  }
  return value;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const missing = command.operands.filter(({ required }) => required)[operands.length];
  if (missing !== undefined) throw new UsageError(`${command.name}: expected ${missing.name}, found none`);
  const extra = operands[command.operands.length];
  if (extra !== undefined && command.operands.at(-1)?.repeats !== true) {
    const expected =
      command.operands.length === 0 ? 'options' : `${command.operands.map(({ name }) => name).join(' ')}, and options`;
    throw new UsageError(`${command.name}: expected ${expected} behind it, found "${extra}"`);
  }
}
