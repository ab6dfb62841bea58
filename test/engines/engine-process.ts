import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Account } from './account.ts';

/** What to start and how to see that it is ready. */
export type EngineCommand = {
  readonly program: string;
  readonly args: readonly string[];
  /** The line of its output that says it serves. */
  readonly ready: RegExp;
  readonly account?: Account | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Its temporary folder: the working directory, removed too when the test process dies without stopping the engine. */
  readonly folder?: string;
  /** How long it may take to become ready, in milliseconds; 60,000 by default. */
  readonly deadline?: number;
};

/** A running program. */
export type EngineProcess = {
  readonly pid: number;
  /** The last 64 KiB of its output. */
  log(): string;
  /** Resolves with the text that matched once a line written after this call matches. */
  awaitLine(pattern: RegExp, deadline?: number): Promise<string>;
  /** Asks it to end by that signal, insists after ten seconds, resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and its children by SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Freezes it and its children: connections stay open and nothing answers. */
  suspend(): void;
  resume(): void;
  signal(signal: NodeJS.Signals): void;
};

const LOG_BYTES = 65_536;
const PATIENCE = 10_000;

/** Starts a program and resolves when its output says that it is ready; rejects with its output when it ends before that. */
export async function startEngine(command: EngineCommand): Promise<EngineProcess> {
  const child = spawn(command.program, command.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C reaches the tests alone; they, or the guard, end the engines
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...command.env },
    ...(command.folder === undefined ? {} : { cwd: command.folder }),
    ...(command.account ?? {}),
  });
  const output = collectOutput(child);
  const ended = once(child, 'exit');
  ended.catch(() => undefined); // a failed spawn is reported by the wait below
  const { pid } = child;
  const dismissGuard = pid === undefined ? () => undefined : guard(pid, command.folder);
  try {
    await output.awaitLine(command.ready, command.deadline ?? 120_000);
  } catch (error) {
    if (pid !== undefined) killTree(pid, 'SIGKILL');
    dismissGuard();
    throw error;
  }
  return control(child, pid as number, output, ended, dismissGuard);
}

type Output = Pick<EngineProcess, 'log' | 'awaitLine'>;

function collectOutput(child: ChildProcess): Output {
  let text = '';
  const listeners = new Set<(chunk: string) => void>();
  const take = (chunk: string) => {
    text = (text + chunk).slice(-LOG_BYTES);
    for (const listener of listeners) listener(chunk);
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  const awaitLine = (pattern: RegExp, deadline = 120_000) =>
    new Promise<string>((resolve, reject) => {
      let seen = '';
      const finish = () => {
        clearTimeout(timer);
        listeners.delete(look);
        child.off('close', onClose).off('error', onError);
      };
      const fail = (what: string, cause?: Error) => {
        finish();
        reject(
          new Error(`Expected ${child.spawnfile} to print ${pattern}, but it ${what}. Its output:\n${text}`, { cause }),
        );
      };
      const look = (chunk: string) => {
        seen += chunk;
        const match = pattern.exec(seen);
        if (!match) return;
        finish();
        resolve(match[0]);
      };
      const onClose = () => fail(`ended (${child.exitCode ?? child.signalCode})`);
      const onError = (error: Error) => fail(`could not be started: ${error.message}`, error);
      const timer = setTimeout(() => fail(`did not within ${deadline} ms`), deadline);
      listeners.add(look);
      child.once('close', onClose).once('error', onError);
    });
  return { log: () => text, awaitLine };
}

function control(
  child: ChildProcess,
  pid: number,
  output: Output,
  ended: Promise<unknown>,
  dismissGuard: () => void,
): EngineProcess {
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (send: () => void) => {
    if (!isGone()) send();
    const insist = setTimeout(() => killTree(pid, 'SIGKILL'), PATIENCE);
    await ended;
    clearTimeout(insist);
    dismissGuard();
  };
  return {
    pid,
    ...output,
    stop: (signal = 'SIGTERM') =>
      end(() => {
        killTree(pid, 'SIGCONT');
        process.kill(pid, signal);
      }),
    kill: () => end(() => killTree(pid, 'SIGKILL')),
    suspend: () => killTree(pid, 'SIGSTOP'),
    resume: () => killTree(pid, 'SIGCONT'),
    signal: (signal) => void process.kill(pid, signal),
  };
}

/** Children of Postgres lead groups of their own, so a signal to the group does not reach them. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // not Linux, or already gone
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
    return rows.filter(([, parent]) => parent === pid).map(([child]) => child as number);
  }
}

/** Signals a process and its children. A parent is stopped before its children are listed, so that none is added meanwhile. */
function killTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  if (signal === 'SIGKILL') killTree(pid, 'SIGSTOP');
  if (signal === 'SIGSTOP') send(pid, signal);
  for (const child of childrenOf(pid)) send(child, signal);
  if (signal !== 'SIGSTOP') send(pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already is what we want
  }
}

/**
 * A small shell that ends the engine when the test process dies without having done so: its standard input closes then.
 * (`process.on('exit')` is of no use within Jest, whose `process` is a copy, nor after SIGKILL.)
 */
function guard(pid: number, folder: string | undefined): () => void {
  const script =
    'read -r word; [ "$word" = done ] && exit; for id in $(cat /proc/$0/task/$0/children 2>/dev/null) "$0"; do kill -KILL "$id"; done; [ -n "$1" ] && rm -rf "$1"';
  const shell = spawn('sh', ['-c', script, String(pid), folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  const input = shell.stdin;
  input.on('error', () => shell.unref()); // the guard is gone: nothing to dismiss
  (input as typeof input & { unref?(): void }).unref?.();
  return () => void input.end('done\n');
}
