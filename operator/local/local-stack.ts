import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EnvironmentVariable } from '@chatstack/stack/plan/stack-plan.ts';
import type { ProcessPlan } from '@chatstack/stack/render/processes.ts';
import { type Account, giveFolder } from './account.ts';
import { type Child, startChild } from './child.ts';
import type { Credentials } from './credentials.ts';
import { recordChildren } from './leftovers.ts';
import { LogFile } from './log-file.ts';
import { waitUntilReady } from './readiness.ts';

/** What the processes of a stack need of this machine. */
export type LocalSetting = {
  /** Folder of the state: data, logs, generated files. */
  readonly folder: string;
  /** Root of the checkout, in which the service's programs are. */
  readonly checkout: string;
  readonly path: string;
  readonly credentials: Credentials;
  readonly account: Account | undefined;
};

/** A process that did not do what was expected, with the end of its log. */
export class ProcessFailure extends Error {
  readonly tail: string;

  constructor(message: string, tail: string) {
    super(message);
    this.tail = tail;
  }
}

const readySeconds = 60;

/**
 * The running processes of one stack.
 *
 * ```
 *  start ─▶ each process as soon as those of its `after` are ready ─▶ all ready
 *    │ one fails                                                         │ one ends
 *    └─────────▶ `failed` resolves with the reason ◀─────────────────────┘      stop: reverse order, waits for each
 * ```
 */
export class LocalStack {
  readonly #setting: LocalSetting;
  readonly #children: Child[] = [];
  readonly #stopping = new AbortController();
  #fail: (failure: Error) => void = () => undefined;
  /** Resolves with the first failure; never when all goes well. */
  readonly failed: Promise<Error> = new Promise((resolve) => {
    this.#fail = resolve;
  });

  constructor(setting: LocalSetting) {
    this.#setting = setting;
  }

  /** Starts all and tells `done` of each with the milliseconds it took. Answers whether all are ready; if not, `failed` says why. */
  async start(
    processes: readonly ProcessPlan[],
    done: (plan: ProcessPlan, milliseconds: number) => void,
  ): Promise<boolean> {
    const started = new Map<ProcessPlan['name'], Promise<boolean>>();
    for (const plan of processes) started.set(plan.name, this.#startAfter(plan, started, done));
    return (await Promise.all(started.values())).every(Boolean);
  }

  /** Stops everything in reverse order of start and waits for each; `impatient` kills what is left at once. */
  async stop(impatient: AbortSignal): Promise<void> {
    this.#stopping.abort();
    const kill = (): void => {
      for (const child of this.#children) child.kill();
    };
    impatient.addEventListener('abort', kill, { once: true });
    for (const child of this.#children.toReversed()) await child.stop();
    recordChildren(this.#setting.folder, []);
  }

  async #startAfter(
    plan: ProcessPlan,
    started: ReadonlyMap<ProcessPlan['name'], Promise<boolean>>,
    done: (plan: ProcessPlan, milliseconds: number) => void,
  ): Promise<boolean> {
    const before = await Promise.all(plan.after.map((name) => started.get(name)));
    if (this.#stopping.signal.aborted || before.includes(false)) return false;
    const began = performance.now();
    try {
      const child = this.#spawn(plan);
      if (!(await (plan.kind === 'once' ? this.#hasSucceeded(child) : this.#isReady(child)))) return false;
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    done(plan, performance.now() - began);
    return true;
  }

  #spawn(plan: ProcessPlan): Child {
    const { folder, checkout, account } = this.#setting;
    prepareFiles(plan, join(folder, plan.name), account);
    const child = startChild(plan, {
      folder: checkout,
      env: buildEnvironment(plan.environment, this.#setting),
      account: plan.unprivileged ? account : undefined,
      log: new LogFile(join(folder, 'logs', `${plan.name}.log`)),
    });
    this.#children.push(child);
    recordChildren(folder, this.#children);
    return child;
  }

  async #hasSucceeded(child: Child): Promise<boolean> {
    const { ok, how } = await child.ended;
    if (!ok) this.#fail(failureOf(child, `was expected to end with status 0, found ${how}`));
    return ok;
  }

  async #isReady(child: Child): Promise<boolean> {
    const gone = new AbortController();
    let when = ' before it was ready';
    void child.ended.then(({ how }) => {
      gone.abort();
      this.#fail(failureOf(child, `ended by itself${when} (${how})`));
    });
    const { readiness } = child.plan;
    const signal = AbortSignal.any([gone.signal, this.#stopping.signal]);
    const ready = readiness === undefined || (await waitUntilReady(readiness, readySeconds, signal));
    when = '';
    if (!ready && !signal.aborted) this.#fail(failureOf(child, `was not ready after ${readySeconds} s`));
    return ready;
  }
}

const failureOf = (child: Child, what: string): ProcessFailure =>
  new ProcessFailure(`${child.plan.name} ${what}. The end of its log, ${child.log.path}:`, child.log.tail());

/** Folders and files of a process. What it may write belongs to the account it runs as, its configuration does not. */
const prepareFiles = (plan: ProcessPlan, own: string, account: Account | undefined): void => {
  if (plan.folders.length === 0) return;
  mkdirSync(own, { recursive: true });
  for (const folder of plan.folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(own, 0o755);
  for (const folder of plan.folders) giveFolder(folder, account);
  for (const [path, text] of Object.entries(plan.files)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text, { mode: 0o644 });
  }
};

/** Nothing of this shell's environment but what programs need to run at all: a stray PGHOST or NODE_OPTIONS changes no stack. */
const buildEnvironment = (
  variables: readonly EnvironmentVariable[],
  { path, credentials, folder }: LocalSetting,
): { [name: string]: string } => {
  const env: { [name: string]: string } = { PATH: path, HOME: folder };
  for (const variable of variables)
    env[variable.name] =
      'value' in variable ? variable.value : ((credentials as { [key: string]: string })[variable.secret.key] ?? '');
  return env;
};
