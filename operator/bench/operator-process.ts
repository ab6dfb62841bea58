import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readCpuSeconds } from '@chatstack/test/engines/cpu-time.ts';

const program = new URL('../main.ts', import.meta.url).pathname;

/** The operator as users run it: a process of its own. */
export interface OperatorProcess {
  /** Resolves with the first log line that matches, also one from before; rejects when the process ends without it. */
  line(pattern: RegExp): Promise<string>;
  /** The work's result; rejects with the newest lines of the log when the process ends before. */
  whileRunning<Value>(work: Promise<Value>): Promise<Value>;
  /** Resident memory now, in MiB. */
  residentMebibytes(): number;
  /** CPU time so far, in seconds. */
  cpuSeconds(): number;
  /** Ends it as asked (SIGTERM) or at once (SIGKILL). */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Compiled modules, as the operator's image holds them: without, each start compiles anew. */
const compileCache = join(tmpdir(), 'chatstack-bench-compile-cache');

/** The last stage of the operator's Dockerfile: its image. */
function readImage(): string {
  const file = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  return file.slice(file.lastIndexOf('\nFROM '));
}

/** Flags of Node with which the operator's image starts it. */
export function readImageFlags(): readonly string[] {
  const [node, ...rest] = JSON.parse(/^CMD (\[.*\])$/m.exec(readImage())?.[1] ?? '[]') as string[];
  if (node !== 'node') throw new Error(`expected a Dockerfile that ends with CMD ["node", …], found ${node}`);
  return rest.filter((each) => each.startsWith('-'));
}

/** How the operator's image has malloc keep memory. */
function readImageMalloc(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...readImage().matchAll(/^ENV (MALLOC_\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
  );
}

/** The image's flags, unless BENCH_NODE_FLAGS says others, such as those of a profile. */
const flags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? readImageFlags();

/** Starts the operator with the flags, the malloc and the compile cache of the image. */
export function startOperator(kubeconfig: string, environment: Readonly<Record<string, string>> = {}): OperatorProcess {
  const env = {
    PATH: process.env.PATH ?? '',
    KUBECONFIG: kubeconfig,
    METRICS_PORT: '0',
    LOG_LEVEL: 'info',
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: compileCache,
    ...readImageMalloc(),
    ...environment,
  };
  const child = spawn(process.execPath, [...flags, program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { line, failure } = collectLines(child);
  const readStatus = () => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return {
    line,
    whileRunning: (work) => Promise.race([work, failure]),
    residentMebibytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readStatus())?.[1]) / 1024,
    cpuSeconds: () => readCpuSeconds(child.pid as number),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

function collectLines(child: ChildProcess): { line: OperatorProcess['line']; failure: Promise<never> } {
  const waiters = new Set<{ pattern: RegExp; resolve: (line: string) => void }>();
  /** The newest lines: a log of 1,000 stacks is long. */
  const recent: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    recent.push(line);
    if (recent.length > 200) recent.shift();
    for (const waiter of [...waiters].filter(({ pattern }) => pattern.test(line))) {
      waiters.delete(waiter);
      waiter.resolve(line);
    }
  });
  const failure = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => {
      reject(new Error(`expected the operator to run, found its end (${signal ?? code}):\n${recent.join('\n')}`));
    });
  });
  // An end that nobody waits through is no failure.
  failure.catch(() => undefined);
  const line = (pattern: RegExp): Promise<string> => {
    const found = recent.find((each) => pattern.test(each));
    if (found !== undefined) return Promise.resolve(found);
    return Promise.race([failure, new Promise<string>((resolve) => waiters.add({ pattern, resolve }))]);
  };
  return { line, failure };
}
