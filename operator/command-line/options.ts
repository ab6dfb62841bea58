import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type Request =
  | { readonly command: 'plan'; readonly file: string; readonly place: Place }
  | { readonly command: 'render'; readonly file: string; readonly to: Target; readonly place: Place }
  | { readonly command: 'help'; readonly topic: 'plan' | 'render' | undefined }
  | { readonly command: 'version' };

/** Forms a stack can be rendered to. */
const targets = ['kubernetes', 'compose'] as const;

/** One of the forms. */
export type Target = (typeof targets)[number];

/** What the manifest itself doesn't say. */
export interface Place {
  readonly namespace: string | undefined;
  readonly serviceImage: string | undefined;
}

/** The command line can't be understood. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const definitions = {
  filename: { type: 'string', short: 'f' },
  to: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  'service-image': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Reads the arguments behind the program's name. Throws `UsageError` with what was expected and found. */
export function readRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  if (values.version) return { command: 'version' };
  const [command, ...rest] = positionals;
  const isKnown = command === 'plan' || command === 'render';
  if (values.help || command === 'help' || command === undefined) {
    const topic = command === 'help' ? rest[0] : command;
    return { command: 'help', topic: topic === 'plan' || topic === 'render' ? topic : undefined };
  }
  if (!isKnown) throw new UsageError(`expected the command plan or render, found "${command}"`);
  if (rest.length > 0) throw new UsageError(`expected options behind ${command}, found "${rest[0]}"`);
  if (values.filename === undefined) throw new UsageError(`${command}: expected -f FILE, found none`);
  const place: Place = { namespace: values.namespace, serviceImage: values['service-image'] };
  if (command === 'render') return { command, file: values.filename, to: readTarget(values.to), place };
  if (values.to !== undefined) throw new UsageError('plan: expected no --to, which belongs to render');
  return { command, file: values.filename, place };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readTarget(text: string | undefined): Target {
  const target = targets.find((each) => each === (text ?? 'kubernetes'));
  if (target === undefined) throw new UsageError(`--to: expected ${targets.join(' or ')}, found "${text}"`);
  return target;
}
