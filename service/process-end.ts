import type { Service } from './service.ts';
import type { ShutdownPatience } from './shutdown.ts';
import type { Logger } from './telemetry/logger.ts';

/** After a mistake: no delay, because nothing can be promised any more, and a short grace. */
const AFTER_A_MISTAKE = { delaySeconds: 0, graceSeconds: 5 };

/** A drain ends by itself within its bounds; this is for a drain that is itself broken, in milliseconds. */
const LONGEST_END_AFTER_A_MISTAKE = 12_000;

/** What is needed of `process`. */
export type ProcessEnd = Pick<NodeJS.Process, 'on' | 'exit'>;

/**
 * Ends the process in the three ways there are:
 *
 *   SIGTERM, SIGINT ───────────────────▶ drained ──▶ exit 0   (before it serves: at once)
 *     SIGTERM again: nothing new; SIGINT again, somebody is at the keyboard and has no patience: exit 130 at once
 *   an error that nobody caught ───────▶ logged as fatal ──▶ drained for at most 5 s ──▶ exit 1
 *     another one meanwhile: exit 1 at once
 *
 * Nothing is known about the state of a program after an error that nobody caught, so it ends; what is under way may still
 * finish, because most such errors concern one request.
 */
export function prepareEnd(program: ProcessEnd, logger: Logger): { serve(service: Pick<Service, 'stop'>): void } {
  let service: Pick<Service, 'stop'> | undefined;
  let isEnding = false;
  let exitCode = 0;

  const drain = async (patience?: ShutdownPatience) => {
    isEnding = true;
    const isClean = (await service?.stop(patience)) ?? true;
    if (!isClean) logger.warn('requests were broken off: they took longer than SHUTDOWN_GRACE_SECONDS');
    logger.info('ended');
    program.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (!isEnding) {
      logger.info({ signal }, 'shutting down');
      void drain();
    } else if (signal === 'SIGINT') {
      logger.warn('ended at once: interrupted again');
      program.exit(130);
    } else {
      logger.info({ signal }, 'shutting down already');
    }
  };
  const onMistake = (error: unknown, origin: string) => {
    logger.fatal({ err: error, origin }, 'a mistake of the program');
    if (exitCode !== 0) program.exit(exitCode);
    exitCode = 1;
    setTimeout(() => program.exit(exitCode), LONGEST_END_AFTER_A_MISTAKE).unref();
    void drain(AFTER_A_MISTAKE);
  };
  program.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  program.on('uncaughtException', onMistake); // of promises too: Node raises what nobody handles
  return {
    serve: (started) => {
      service = started;
    },
  };
}
