import type { ChildProcess } from 'node:child_process';

/** A generator under way, which ends by itself when its plan does. */
export type Generator<Outcome> = {
  readonly pid: number;
  /** Resolves when all its clients are ready and the first begins; rejects when it ends before. */
  readonly begun: Promise<void>;
  /** What it told at its end. Rejects where it could not do its work, with the end of its log. */
  readonly outcome: Promise<Outcome>;
  /** Ends it; its clients are not waited for. */
  readonly stop: () => void;
};

/** The generator of a process that calls `begin.resolve` when it begins, and answers `outcome`. */
export function watchGenerator<Outcome>(
  child: ChildProcess,
  begin: PromiseWithResolvers<void>,
  outcome: Promise<Outcome>,
): Generator<Outcome> {
  begin.promise.catch(() => undefined); // whoever waits for the outcome alone hears of it there
  outcome.catch(begin.reject);
  return {
    pid: child.pid ?? 0,
    begun: begin.promise,
    outcome,
    stop: () => {
      if (child.exitCode === null) child.kill('SIGKILL');
    },
  };
}
