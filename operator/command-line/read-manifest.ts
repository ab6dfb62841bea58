import { groupVersion } from '@chatstack/stack/api/chat-stack.ts';
import { parseAllDocuments } from 'yaml';
import { CommandError } from './command.ts';

/** One ChatStack of a file, its spec still of unknown shape. */
export interface ChatStackManifest {
  readonly name: string;
  /** `undefined` when the manifest leaves it to the command that applies it. */
  readonly namespace: string | undefined;
  readonly spec: unknown;
}

/** The file doesn't hold what a command needs; the message says what was expected and found. */
export class ManifestError extends CommandError {
  override name = 'ManifestError';

  constructor(message: string) {
    super('misused', message);
  }
}

/** Largest file that is read, in bytes; an object of Kubernetes may have 1.5 MB. */
export const largestManifest = 4 * 1024 * 1024;

/** The ChatStacks among the YAML (or JSON) documents of a text. Throws `ManifestError` when there are none, or faulty ones. */
export function readManifests(text: string, source: string): ChatStackManifest[] {
  const documents = parseAllDocuments(text, { prettyErrors: true });
  const values = ('empty' in documents ? [] : documents).map((document) => {
    const [error] = document.errors;
    if (error) throw new ManifestError(`${source}: expected YAML, found ${error.message}`);
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  });
  const stacks = values.filter(isChatStack);
  if (stacks.length === 0) {
    const kinds = values.filter((each) => each !== null).map(describeKind);
    const found = kinds.length > 0 ? kinds.join(', ') : 'nothing';
    throw new ManifestError(`${source}: expected a document with kind ChatStack, found ${found}`);
  }
  return stacks.map((each) => readOne(each, source));
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isChatStack = (value: unknown): value is Fields => isFields(value) && value.kind === 'ChatStack';

const describeKind = (value: unknown): string =>
  isFields(value) && typeof value.kind === 'string' ? value.kind : 'a document without kind';

function readOne(document: Fields, source: string): ChatStackManifest {
  if (document.apiVersion !== groupVersion) {
    throw new ManifestError(
      `${source}: expected apiVersion ${groupVersion}, found ${JSON.stringify(document.apiVersion)}`,
    );
  }
  const { name, namespace } = isFields(document.metadata) ? document.metadata : {};
  if (typeof name !== 'string' || name === '') {
    throw new ManifestError(`${source}: expected a name in metadata.name, found ${JSON.stringify(name ?? null)}`);
  }
  return { name, namespace: typeof namespace === 'string' ? namespace : undefined, spec: document.spec };
}
