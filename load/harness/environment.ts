import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, type as systemType, totalmem } from 'node:os';
import type { Programs } from '@chatstack/operator/local/programs.ts';
import type { LoadRun } from '../results/load-run.ts';

/** Open files a process may have at most, however far it raises its own limit. */
export function observeOpenFiles(): number {
  const said = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim();
  return said === 'unlimited' ? 1_048_576 : Number(said) || 0;
}

/** Files that a process needs open beside one for each connection: its pools, its own libraries and logs. */
const spareFiles = 500;

/** Throws unless a process may hold so many connections. */
export function requireOpenFiles(connections: number, openFiles: number): void {
  const needed = connections + spareFiles;
  if (openFiles >= needed) return;
  throw new Error(
    `expected processes to be allowed ${needed} open files (${connections} connections and ${spareFiles} more), found a hard limit of ${openFiles} (ulimit -Hn); raise it, or ask for fewer with --connections`,
  );
}

/** Memory that k6 takes for a virtual user with a connection, in bytes: 6.5 GB were measured with 10,000. */
const bytesPerUser = 650_000;

/** What to say where k6 may run out of memory with so many virtual users; undefined where there is enough. */
export function describeMissingMemory(users: number, available: number): string | undefined {
  const needed = users * bytesPerUser;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  if (available >= needed) return undefined;
  return `k6 may take ${gigabytes(needed)} of memory for ${users.toLocaleString('en')} users, and ${gigabytes(available)} are free; --connections asks for fewer`;
}

/** The machine that a run was made on. */
export function observeEnvironment(k6: string, programs: Programs | undefined): LoadRun['environment'] {
  const versions: Record<string, string> = { node: process.versions.node, k6: versionOf(k6, ['version']) };
  for (const name of ['postgres', 'redis', 'pgbouncer'] as const) {
    const version = programs?.[name]?.version;
    if (version !== undefined) versions[name] = version;
  }
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${systemType()} ${release()}`,
    openFiles: observeOpenFiles(),
    versions,
    loadAverage: loadavg()[0] ?? 0,
  };
}

const versionOf = (program: string, args: readonly string[]): string =>
  /\d+\.\d+(\.\d+)?/.exec(spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '')?.[0] ?? 'unknown';

/** Revision of the checkout, with -dirty where files were changed; undefined where it is no checkout of git. */
export function observeRevision(checkout: string): string | undefined {
  try {
    const git = ['describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', git, { cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
