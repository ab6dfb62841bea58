import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './error-fields.ts';
import { hideCredentials } from './hide-credentials.ts';

export type { Logger } from 'pino';

/**
 * Makes the logger: JSON lines on standard output, ISO times. Nothing that may hold a secret or what a user wrote is logged on
 * purpose. What comes along by mistake is kept out three times: errors are told by what is known of them (error-fields.ts),
 * fields with a telling name are hidden, and so is whatever looks like a credential in a finished line.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { program: 'chat-service' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    formatters: { log: (fields: Fields) => hideNamed(fields, 0) },
    hooks: { streamWrite: hideCredentials },
  };
  return destination ? pino(options, destination) : pino(options);
}

type Fields = Record<string, unknown>;

const TELLING = /^(content|title|query|parameters)$|(password|secret|token|authorization|cookie)$/i;
const DEEPEST = 4;

/** The fields without those whose names say that they are secret, at any depth. pino's own `redact` costs several times as much. */
function hideNamed(fields: Fields, depth: number): Fields {
  let changed: Fields | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const shown = TELLING.test(name)
      ? '(hidden)'
      : isPlain(value) && depth < DEEPEST
        ? hideNamed(value, depth + 1)
        : value;
    if (shown === value) continue;
    changed ??= Array.isArray(fields) ? ([...fields] as unknown as Fields) : { ...fields };
    changed[name] = shown;
  }
  return changed ?? fields;
}

/** An error is none: it has a serializer of its own. */
function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}
