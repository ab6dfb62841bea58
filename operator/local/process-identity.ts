import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for certain: numbers are used again, the time of start tells two with one number apart. */
export type ProcessIdentity = { readonly pid: number; readonly started: string };

/** The process that has this number now; undefined when none has (or only its remains await their parent). */
export const observeProcess = (pid: number): ProcessIdentity | undefined => {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
};

/** Whether this very process still runs. */
export const isRunning = ({ pid, started }: ProcessIdentity): boolean => observeProcess(pid)?.started === started;

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; fields are counted after the name, which may hold anything. */
const startedOnLinux = (pid: number): string | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // no such process
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
};

const startedByPs = (pid: number): string | undefined => {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=,state=', '-p', String(pid)], { encoding: 'utf8' });
  const text = stdout?.trim();
  return !text || / Z\S*$/.test(text) ? undefined : text.replace(/\s+\S+$/, '');
};
