import { z } from 'zod';
import type { Fault } from './fault.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A path as people write it: `spec.service.env[0].name`. */
const formatPath = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    'spec',
  );

const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    input,
  );

const maxShownLength = 80;

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= maxShownLength ? text : `${text.slice(0, maxShownLength)}…`;
};

interface Described {
  readonly properties?: Record<string, Described>;
  readonly items?: Described;
}

const knownFields = (schema: z.ZodType, path: Path): readonly string[] => {
  const root = z.toJSONSchema(schema, { io: 'input' }) as Described;
  const at = path.reduce<Described | undefined>(
    (described, part) => (typeof part === 'number' ? described?.items : described?.properties?.[String(part)]),
    root,
  );
  return Object.keys(at?.properties ?? {});
};

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

const resembling = (name: string, known: readonly string[]): string | undefined =>
  known.find((other) => letters(other) === letters(name)) ??
  known.find((other) => letters(other).startsWith(letters(name).slice(0, 4)));

const unknownField = (name: string, path: Path, schema: z.ZodType): Fault => {
  const known = knownFields(schema, path);
  const meant = resembling(name, known);
  return {
    path: formatPath([...path, name]),
    expected: `one of the fields ${known.join(', ')}`,
    found: `the unknown field "${name}"`,
    remedy: meant === undefined ? 'remove it or correct its name' : `did you mean "${meant}"?`,
  };
};

const expectation = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'too_big':
      return `${measure(issue.origin)} of at most ${issue.maximum}`;
    case 'too_small':
      return `${measure(issue.origin)} of at least ${issue.minimum}`;
    case 'invalid_type':
      return issue.message.startsWith('Invalid input') ? `a value of type ${issue.expected}` : issue.message;
    default:
      return issue.message;
  }
};

const measure = (origin: string): string => {
  if (origin === 'string') return 'a length';
  return origin === 'array' ? 'a number of entries' : 'a number';
};

/** Puts the issues of a schema into the words of faults, each with the value that was found. */
export const summarizeIssues = (issues: readonly Issue[], input: unknown, schema: z.ZodType): readonly Fault[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownField(key, issue.path, schema))
      : [
          {
            path: formatPath(issue.path),
            expected: expectation(issue),
            found: show(valueAt(input, issue.path)),
            remedy: 'correct or remove it; docs/reference/chatstack.md lists what each field takes',
          },
        ],
  );
