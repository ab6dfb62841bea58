import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Makes the logger: JSON lines on standard output, ISO times. Nothing that may hold a secret is logged on purpose; what
 * an error of a driver might carry along (a configuration, a header) is removed by name.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { program: 'chat-service' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'password',
        'authorization',
        'cookie',
        '*.password',
        '*.authorization',
        '*.cookie',
        'err.query',
        'err.*.password',
      ],
      censor: '(hidden)',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
