import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export type ServerProcess = {
  readonly port: number;
  /** Processor time it has used so far, user and system, in seconds; NaN where /proc does not exist. */
  cpuSeconds(): number;
  /** Resident memory, in MiB; NaN where /proc does not exist. */
  residentMebibytes(): number;
  stop(): Promise<void>;
};

const TICKS_PER_SECOND = 100; // USER_HZ, which Linux fixes for programs

/** Starts a TypeScript program that prints JSON lines, one of them with its `port`; resolves when that line came. */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    port: await awaitPort(child, file),
    cpuSeconds: () => {
      const fields = readProc(child, 'stat')?.split(') ')[1]?.split(' ');
      return (Number(fields?.[11]) + Number(fields?.[12])) / TICKS_PER_SECOND;
    },
    residentMebibytes: () => Number(/^VmRSS:\s+(\d+)/m.exec(readProc(child, 'status') ?? '')?.[1]) / 1024,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function awaitPort(child: ChildProcess, file: string): Promise<number> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      const { port } = JSON.parse(line) as { port?: number };
      if (port === undefined) continue;
      child.stdout.resume();
      return port;
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
