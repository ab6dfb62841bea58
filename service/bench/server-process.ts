import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export type ServerProcess = {
  readonly port: number;
  /** Port of its metrics; absent where it has none. */
  readonly metricsPort?: number | undefined;
  readonly pid: number;
  /** Processor time it has used so far, user and system, in seconds; NaN where /proc does not exist. */
  cpuSeconds(): number;
  /** Resident memory, in MiB; NaN where /proc does not exist. */
  residentMebibytes(): number;
  stop(): Promise<void>;
};

type Ports = { readonly port: number; readonly metricsPort?: number | undefined };

const TICKS_PER_SECOND = 100; // USER_HZ, which Linux fixes for programs

/**
 * Starts a TypeScript program that prints JSON lines, one of them with its `port`; resolves when that line came. BENCH_NODE_FLAGS
 * are passed on to Node, `--cpu-prof` for instance.
 */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerProcess> {
  const flags = (process.env.BENCH_NODE_FLAGS ?? '').split(' ').filter(Boolean);
  const child = spawn(process.execPath, [...flags, file, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port, metricsPort } = await awaitPorts(child, file);
  return {
    port,
    metricsPort,
    pid: child.pid as number,
    cpuSeconds: () => {
      const fields = readProc(child, 'stat')?.split(') ')[1]?.split(' ');
      return (Number(fields?.[11]) + Number(fields?.[12])) / TICKS_PER_SECOND;
    },
    residentMebibytes: () => Number(/^VmRSS:\s+(\d+)/m.exec(readProc(child, 'status') ?? '')?.[1]) / 1024,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function awaitPorts(child: ChildProcess, file: string): Promise<Ports> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      const { port, metricsPort } = JSON.parse(line) as Partial<Ports>;
      if (port === undefined) continue;
      child.stdout.resume();
      return { port, metricsPort };
    }
  }
  throw new Error(`Expected ${file} to print its port, but it ended`);
}

function readProc(child: ChildProcess, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
  } catch {
    return undefined; // not Linux
  }
}
