import type { Machine } from './machine.ts';

/** What a shell may offer for a value. */
export type Completion = 'files' | 'stacks' | 'namespaces' | 'contexts' | readonly string[];

/** An option of a command. Options of one name mean the same wherever they occur. */
export interface OptionDefinition {
  /** One letter, for `-f`. */
  readonly short?: string;
  /** What stands for its value in the help, such as FILE; unset: it takes none. */
  readonly value?: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  readonly description: string;
  readonly completes?: Completion;
}

/** An argument that is no option. */
export interface Operand {
  readonly name: string;
  readonly required: boolean;
  /** Any number of them. */
  readonly repeats?: boolean;
  readonly completes?: Completion;
}

/** What a command was called with; every value belongs to one of its options, and is one of its choices. */
export interface Arguments {
  readonly operands: readonly string[];
  readonly values: { readonly [option: string]: string };
  readonly flags: ReadonlySet<string>;
}

/** An example of the help: what it is for, and the line. */
export type Example = readonly [purpose: string, line: string];

/** One command: all that parsing, help and completion know of it. */
export interface Command {
  readonly name: string;
  /** Asked for by programs alone: the help does not list it. */
  readonly hidden?: boolean;
  /** Half a line for the list of commands. */
  readonly summary: string;
  /** What it does, in whole sentences. */
  readonly description: string;
  readonly operands: readonly Operand[];
  readonly options: { readonly [name: string]: OptionDefinition };
  readonly examples: readonly Example[];
  /** Does it, and answers an exit code of `exitCodes`. Throws a CommandError, ApiError or ConnectionError. */
  run(args: Arguments, machine: Machine): Promise<number>;
}

/** Exit codes of every command, with what they mean. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  refused: {
    code: 1,
    meaning: 'a ChatStack is refused or not there, or doctor found an error; the text says what to do',
  },
  misused: { code: 2, meaning: 'the command line or the file can not be understood' },
  changes: { code: 3, meaning: 'plan --diff --exit-code found changes' },
  cluster: { code: 4, meaning: 'the cluster could not be reached, or refused' },
} as const;

/** One of the exit codes' names. */
export type ExitCodeName = keyof typeof exitCodes;

/** An error whose message is all that its reader needs. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exit: ExitCodeName;

  constructor(exit: ExitCodeName, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** The command line can't be understood. */
export class UsageError extends CommandError {
  override name = 'UsageError';

  constructor(message: string) {
    super('misused', message);
  }
}

/** The first operand, which parsing has made sure of. */
export function firstOperand({ operands }: Arguments): string {
  const [first] = operands;
  if (first === undefined) throw new Error('expected a command whose operand is required');
  return first;
}
