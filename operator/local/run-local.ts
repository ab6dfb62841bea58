import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { formatFault } from '@chatstack/stack/api/fault.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { localPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { type ProcessPlan, renderProcesses } from '@chatstack/stack/render/processes.ts';
import { parse } from 'yaml';
import { type Account, isOpenToAll, observeUnprivilegedAccount } from './account.ts';
import { applyCredentials } from './credentials.ts';
import { stopLeftovers } from './leftovers.ts';
import { type LocalManifest, parseLocalManifest } from './local-manifest.ts';
import { LocalStack, ProcessFailure } from './local-stack.ts';
import { observeTakenPorts, summarizeTakenPorts } from './ports.ts';
import { observePrograms, type Programs } from './programs.ts';
import { acquireStateLock } from './state-lock.ts';
import { type Output, Terminal } from './terminal.ts';
import { describeMissing, describeUse } from './use.ts';

/** What one start on this machine is given. */
export type LocalRun = {
  /** Root of the checkout. */
  readonly checkout: string;
  /** The manifest, relative to the checkout or absolute. */
  readonly file: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly output: Output;
  /** Registers what to do when the person interrupts: the first time stops in order, the second at once. */
  readonly onInterrupt: (listener: () => void) => void;
};

/** A reason not to start that people can act on; one message a problem. */
class Refusal extends Error {
  readonly problems: readonly string[];
  readonly details: string;

  constructor(problems: readonly string[], details = '') {
    super(problems.join('\n'));
    this.problems = problems;
    this.details = details;
  }
}

/** Runs the stack of a manifest on this machine until interrupted; answers the exit status: 0 after an interrupt, 1 after a failure. */
export const runLocal = async (run: LocalRun): Promise<number> => {
  const terminal = new Terminal(run.output, run.env);
  try {
    return await runLocked(run, terminal);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const problem of error.problems) terminal.failure(problem, error.details);
    return 1;
  }
};

const runLocked = async (run: LocalRun, terminal: Terminal): Promise<number> => {
  const manifest = readManifest(run);
  const account = observeUnprivilegedAccount();
  const folder = chooseFolder(run, manifest.name, account);
  const url = `http://127.0.0.1:${manifest.ports.service}`;
  const lock = acquireStateLock(folder, url);
  if ('holder' in lock)
    throw new Refusal([
      `expected to be the only start on ${folder}, found process ${lock.holder.pid} running it at ${lock.holder.url}; use that one, or stop it with Ctrl-C (or kill ${lock.holder.pid})`,
    ]);
  try {
    return await runStack(run, terminal, { manifest, account, folder, url });
  } finally {
    lock.release();
  }
};

/** One Ctrl-C arrives twice where npm passes the terminal's signal on as well; only a later one is a second wish. */
const echoMilliseconds = 1000;

type Prepared = {
  readonly manifest: LocalManifest;
  readonly account: Account | undefined;
  readonly folder: string;
  readonly url: string;
};

const runStack = async (run: LocalRun, terminal: Terminal, prepared: Prepared): Promise<number> => {
  const { manifest, account, folder, url } = prepared;
  const began = performance.now();
  const interrupted = Promise.withResolvers<undefined>();
  const impatient = new AbortController();
  let firstInterrupt: number | undefined;
  run.onInterrupt(() => {
    firstInterrupt ??= performance.now();
    interrupted.resolve(undefined);
    if (performance.now() - firstInterrupt > echoMilliseconds) impatient.abort();
  });

  const path = run.env.PATH ?? '/usr/bin:/bin';
  // CHATSTACK_WITHOUT=redis,pgbouncer shows the stack as it is where they are not installed.
  const without = (run.env.CHATSTACK_WITHOUT ?? '').split(',');
  const programs = observePrograms({ path, account, reachable: join(folder, 'programs'), without });
  const plan = planFor(run.file, prepared, programs);
  const processes = renderProcesses(plan);
  terminal.line(
    `${terminal.style('bold', 'ChatStack')} ${manifest.name} (${plan.size}) of ${run.file}, state in ${folder}`,
  );
  const left = await stopLeftovers(folder);
  if (left.length > 0) terminal.line(`  stopped what a killed start had left running: ${left.join(', ')}`);
  const taken = await observeTakenPorts(processes);
  if (taken.length > 0) {
    const { message, details } = summarizeTakenPorts(taken, run.file);
    throw new Refusal([message], details);
  }

  for (const [name, text] of describeMissing(programs)) terminal.without(name, text);
  const stack = new LocalStack({
    ...{ folder, checkout: run.checkout, account, credentials: applyCredentials(folder) },
    path: [...new Set([dirname(process.execPath), ...foldersOf(programs), ...path.split(':')])].join(':'),
  });
  const started = stack.start(processes, (process, milliseconds) =>
    terminal.step(process.name, describeProcess(process, programs), milliseconds),
  );
  const ready = started.then<'ready' | Error>((ok) => (ok ? 'ready' : stack.failed));
  const first = await Promise.race([ready, stack.failed, interrupted.promise]);
  if (first === 'ready')
    for (const line of describeUse(url, (performance.now() - began) / 1000, terminal)) terminal.line(line);
  const end = first === 'ready' ? await Promise.race([stack.failed, interrupted.promise]) : first;
  if (end instanceof Error) terminal.failure(end.message, end instanceof ProcessFailure ? end.tail : '');
  terminal.line(`${run.output.isTTY ? '\n' : ''}stopping …`);
  await stack.stop(impatient.signal);
  terminal.line(`stopped; the data stay in ${folder}`);
  return end instanceof Error ? 1 : 0;
};

const readManifest = ({ checkout, file, env }: LocalRun): LocalManifest => {
  let text: string;
  try {
    text = readFileSync(resolve(checkout, file), 'utf8');
  } catch (error) {
    throw new Refusal([
      `expected a ChatStack manifest in ${file}, found: ${error instanceof Error ? error.message : error}`,
    ]);
  }
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 10 });
  } catch (error) {
    throw new Refusal([`expected YAML in ${file}, found: ${error instanceof Error ? error.message : error}`]);
  }
  const parsed = parseLocalManifest(document, env);
  if (!parsed.ok) throw new Refusal(parsed.faults.map((fault) => `${file}: ${formatFault(fault)}`));
  return parsed.manifest;
};

/**
 * The folder of the state: CHATSTACK_STATE, else .cache/local in the checkout, else, where root's checkout is closed to the
 * account that runs Postgres, one below /var/lib.
 */
const chooseFolder = ({ checkout, env }: LocalRun, name: string, account: Account | undefined): string => {
  const inCheckout = join(checkout, '.cache/local');
  const base = account && !isOpenToAll(inCheckout) ? '/var/lib/chatstack' : inCheckout;
  const folder = env.CHATSTACK_STATE ? resolve(env.CHATSTACK_STATE) : join(base, name);
  try {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'logs'), constants.W_OK);
  } catch (error) {
    throw new Refusal([
      `expected a writable folder ${folder}, found: ${error instanceof Error ? error.message : error}; was it made by another user? Choose another by CHATSTACK_STATE=<folder>`,
    ]);
  }
  if (account && !isOpenToAll(folder))
    throw new Refusal([
      `expected a folder that user ${account.uid} can reach (Postgres refuses root), found ${folder} in one closed to others; choose another by CHATSTACK_STATE=<folder>`,
    ]);
  return folder;
};

const planFor = (file: string, { manifest, folder }: Prepared, programs: Programs): StackPlan => {
  const placement = localPlacement({
    ...{ folder, ports: manifest.ports, redisInstalled: programs.redis !== undefined },
    pgbouncerVersion: programs.pgbouncer?.version.split('.').slice(0, 2).join('.'),
  });
  const planned = planStack({ name: manifest.name, spec: manifest.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Refusal(planned.faults.map((fault) => `${file}: ${formatFault(fault)}`));
  return planned.plan;
};

const foldersOf = ({ postgres, redis, pgbouncer }: Programs): string[] =>
  [postgres, redis, pgbouncer].flatMap((program) => (program ? [program.folder] : []));

const describeProcess = ({ name, ports }: ProcessPlan, programs: Programs): string => {
  const version = name === 'postgres' || name === 'redis' || name === 'pgbouncer' ? programs[name]?.version : undefined;
  const at = ports.map(({ port, purpose }) => (purpose === 'metrics' ? `metrics on ${port}` : `127.0.0.1:${port}`));
  const once = { migrate: 'schema at its newest version', fixtures: 'user-1, user-2 and conv-1 with 10 messages' };
  return name in once ? once[name as keyof typeof once] : [version, ...at].filter(Boolean).join(', ');
};
