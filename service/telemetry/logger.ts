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
    redact: { paths: SECRET_PATHS, censor: '(hidden)' },
    hooks: { streamWrite: hideCredentials },
  };
  return destination ? pino(options, destination) : pino(options);
}

const SECRET_NAMES = ['password', 'authorization', 'cookie', '["set-cookie"]', 'token', 'secret', 'content', 'query'];

const SECRET_PATHS = SECRET_NAMES.flatMap((name) => {
  const below = (path: string) => (name.startsWith('[') ? `${path}${name}` : `${path}.${name}`);
  return [name, below('*'), below('*.*')];
});
