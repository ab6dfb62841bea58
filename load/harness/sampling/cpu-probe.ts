import { readMachineCpuSeconds, readTreeCpuSeconds } from './cpu-time.ts';
import type { Probe } from './probe.ts';

/** Names of processes, and how to read the processor time that each has used, in seconds. */
export type CpuSources = Readonly<Record<string, () => number | undefined>>;

/** A source that reads one process with all that it started. */
export const treeOf = (pid: number) => (): number | undefined => readTreeCpuSeconds(pid);

/** Tells how many cores each source and the whole machine kept busy since the read before. */
export function openCpuProbe(sources: CpuSources, now: () => number = () => performance.now() / 1000): Probe {
  const readAll = () => ({
    at: now(),
    machine: readMachineCpuSeconds(),
    used: new Map(Object.entries(sources).map(([name, source]) => [name, source()])),
  });
  let last = readAll();
  return {
    read: async () => {
      const current = readAll();
      const seconds = current.at - last.at;
      const cores: Record<string, number> = {};
      for (const [name, used] of current.used) {
        const before = last.used.get(name);
        if (used !== undefined && before !== undefined) cores[name] = Math.max(used - before, 0) / seconds;
      }
      const machineCores = Math.max(current.machine - last.machine, 0) / seconds;
      last = current;
      return { cores, machineCores };
    },
  };
}
