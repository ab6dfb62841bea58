import { hideCredentials } from './hide-credentials.ts';

/** What is logged of an error. */
export type ErrorFields = {
  readonly type: string;
  readonly message: string;
  /** Where it came from: frames only, because the head of a stack repeats the message. */
  readonly stack?: string;
  readonly code?: string;
  /** Of Postgres: names of the schema, which hold nothing of a user. */
  readonly schema?: Readonly<Record<string, string>>;
  readonly cause?: ErrorFields;
  readonly errors?: readonly ErrorFields[];
};

type Fields = Readonly<Record<string, unknown>>;

/** Causes and parts of errors that are followed; what lies deeper is left out. */
const DEEPEST = 4;

/**
 * Classes of SQLSTATE whose messages tell of the server, the pooler or the login. The others may quote a value (22, 23), or the
 * text of the statement, where values stand (42).
 */
const TELLS_OF_ITSELF = /^(08|25|28|3D|40|53|55|57|58)/;

const SCHEMA_FIELDS = ['severity', 'schema', 'table', 'column', 'dataType', 'constraint', 'routine'] as const;

/**
 * Tells an error without what it carries along. Only what is named here is taken over, because errors of drivers hold whole
 * statements, arguments of commands, settings and rows, and some say them in their message too: those get another message.
 */
export function describeError(error: unknown, depth = 0): ErrorFields {
  if (typeof error !== 'object' || error === null) return { type: typeof error, message: 'something that is no error' };
  const { name, code, stack, cause, errors } = error as Fields;
  const inner = (part: unknown) => describeError(part, depth + 1);
  const isDeep = depth >= DEEPEST;
  const schema = isOfPostgres(error as Fields) ? pickText(error as Fields, SCHEMA_FIELDS) : undefined;
  return {
    type: typeof name === 'string' ? name : 'Error',
    message: describeMessage(error),
    ...(typeof stack === 'string' ? { stack: keepFrames(stack) } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(schema ? { schema } : {}),
    ...(isObject(cause) && !isDeep ? { cause: inner(cause) } : {}),
    ...(Array.isArray(errors) && !isDeep ? { errors: errors.slice(0, DEEPEST).map(inner) } : {}),
  };
}

/** The message of an error, or what may be said of it where the message may hold what somebody sent. */
export function describeMessage(error: unknown): string {
  if (!isObject(error)) return 'something that is no error';
  const { message, code, command, name } = error;
  if (isOfPostgres(error) && !TELLS_OF_ITSELF.test(String(code))) {
    return `Postgres refused a statement (SQLSTATE ${String(code)})`;
  }
  if (isObject(command)) return `Redis refused the command ${String(command.name)}`; // it may quote its arguments
  if (name === 'SyntaxError') return 'a text could not be parsed'; // that of JSON.parse quotes the text
  return hideCredentials(String(message ?? ''));
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isOfPostgres = ({ code, severity }: Fields): boolean =>
  typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string';

function keepFrames(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.join('\n');
}

function pickText(error: Fields, names: readonly string[]): Record<string, string> {
  const found = names.filter((name) => typeof error[name] === 'string');
  return Object.fromEntries(found.map((name) => [name, String(error[name])]));
}
