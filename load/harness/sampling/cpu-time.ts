import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Ticks of the kernel's clock in a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it has ended, or this is no Linux
  }
};

const ticksOf = (pid: number): number | undefined => {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and those of children that have ended and were waited for: fields 14 to 17, of which the name is the second.
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
};

/**
 * Processor time that a process and all that it started have used so far, in seconds; what has ended counts. Undefined where there is no
 * such process, or no /proc.
 */
export function readTreeCpuSeconds(pid: number): number | undefined {
  const own = ticksOf(pid);
  if (own === undefined) return undefined;
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ').filter(Boolean) ?? [];
  return children.reduce((sum, child) => sum + (readTreeCpuSeconds(Number(child)) ?? 0), own / ticksPerSecond);
}

/** Processor time of the whole machine since it began, in seconds. */
export function readMachineCpuSeconds(): number {
  const milliseconds = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return milliseconds / 1000;
}
