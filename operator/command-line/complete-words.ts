import type { Command, Completion, OptionDefinition } from './command.ts';
import { commonOptions } from './parse-arguments.ts';

/** One thing that a shell may put in place of the word at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** What fits at the cursor: words, or what somebody else must be asked for. `given`: values of options so far. */
export interface Wanted {
  readonly candidates: readonly Candidate[];
  readonly asks?: Exclude<Completion, readonly string[]>;
  readonly given: { readonly [option: string]: string };
}

/** Decides what fits in place of the last word (which may be empty) of a command line behind the program's name. */
export function completeWords(words: readonly string[], commands: readonly Command[]): Wanted {
  const current = words.at(-1) ?? '';
  const read = readWords(words.slice(0, -1), commands);
  const { command, operands, open, given } = read;
  if (open !== undefined) return offer(open.choices ?? open.completes, given);
  if (command === undefined) {
    const names = commands
      .filter(({ hidden }) => !hidden)
      .map(({ name, summary }) => ({ word: name, description: summary }));
    return { candidates: [...names, { word: 'help', description: 'what a command does, with examples' }], given };
  }
  if (current.startsWith('-')) return { candidates: listOptions(command), given };
  return offer(command.operands[operands]?.completes, given);
}

const offer = (completes: Completion | undefined, given: Wanted['given']): Wanted =>
  typeof completes === 'string'
    ? { candidates: [], asks: completes, given }
    : { candidates: (completes ?? []).map((word) => ({ word })), given };

const listOptions = ({ options }: Command): readonly Candidate[] =>
  Object.entries({ ...options, help: commonOptions.help as OptionDefinition }).map(([name, { description }]) => ({
    word: `--${name}`,
    description,
  }));

interface Read {
  command: Command | undefined;
  /** Operands before the cursor. */
  operands: number;
  /** The option whose value is at the cursor. */
  open: OptionDefinition | undefined;
  given: Record<string, string>;
}

function readWords(words: readonly string[], commands: readonly Command[]): Read {
  const options = Object.assign({}, ...commands.map((each) => each.options)) as Command['options'];
  const read: Read = { command: undefined, operands: 0, open: undefined, given: {} };
  let openName = '';
  for (const word of words) {
    if (read.open !== undefined) {
      read.given[openName] = word;
      read.open = undefined;
    } else if (word.startsWith('-')) {
      const [name, value] = readFlag(word, options);
      openName = name;
      if (value === undefined) read.open = options[name];
      else read.given[name] = value;
    } else if (read.command !== undefined) {
      read.operands += 1;
    } else {
      read.command = commands.find(({ name }) => name === word);
    }
  }
  return read;
}

/** The option of a word, and its value where it needs no further word. */
function readFlag(word: string, options: Command['options']): [name: string, value: string | undefined] {
  const [flag = '', value] = word.split('=', 2);
  const found = Object.entries(options).find(([name, { short }]) => flag === `--${name}` || flag === `-${short}`);
  return found === undefined || found[1].value === undefined ? [flag, ''] : [found[0], value];
}
