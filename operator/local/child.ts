import { type ChildProcess, spawn } from 'node:child_process';
import type { ProcessPlan } from '@chatstack/stack/render/processes.ts';
import type { Account } from './account.ts';
import type { LogFile } from './log-file.ts';
import { observeProcess, type ProcessIdentity } from './process-identity.ts';

/** How a process ended, in words: `status 1`, `signal SIGKILL`, or why it could not be started. */
export type Ending = { readonly ok: boolean; readonly how: string };

/** A started process of the stack. */
export type Child = {
  readonly plan: ProcessPlan;
  readonly log: LogFile;
  /** Undefined where it could not be started; `ended` says why. */
  readonly identity: ProcessIdentity | undefined;
  readonly ended: Promise<Ending>;
  /** Asks it to stop, kills it when it takes longer than its plan allows, and resolves at its end. */
  readonly stop: () => Promise<Ending>;
  readonly kill: () => void;
};

/** Where and as whom a child runs. */
export type ChildSetting = {
  readonly folder: string;
  readonly env: { readonly [name: string]: string };
  readonly account: Account | undefined;
  readonly log: LogFile;
};

/**
 * Starts a process in a session of its own: a Ctrl-C of the terminal reaches only the runner, which stops the stack in
 * order. `node` is the Node that runs this.
 */
export const startChild = (plan: ProcessPlan, { folder, env, account, log }: ChildSetting): Child => {
  const [program = '', ...args] = plan.command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    ...{ cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    ...account,
  });
  child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
  child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
  const ended = observeEnd(child).finally(() => log.close());
  const kill = (): void => killSession(child);
  const stop = async (): Promise<Ending> => {
    child.kill(plan.stopSignal);
    const overdue = setTimeout(kill, plan.stopSeconds * 1000);
    const ending = await ended;
    clearTimeout(overdue);
    return ending;
  };
  return { plan, log, identity: child.pid === undefined ? undefined : observeProcess(child.pid), ended, stop, kill };
};

/** `close` rather than `exit`: the last lines of the output, which tell why, have been read by then. */
const observeEnd = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, how: error.message }));
    child.once('close', (code, signal) =>
      resolve({ ok: code === 0, how: signal === null ? `status ${code}` : `signal ${signal}` }),
    );
  });

/** Kills the process and what it started in its session's group. */
const killSession = (child: ChildProcess): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
};
