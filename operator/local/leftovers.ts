import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from './child.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

/** What must be known of a child to stop it when the runner that started it was killed. */
type Leftover = ProcessIdentity & { readonly name: string; readonly stopSignal: NodeJS.Signals };

const stopLimit = 20_000; // ms, after which a leftover is killed
const betweenLooks = 50; // ms: it is no child of this process, so its end has to be looked for

const fileIn = (folder: string): string => join(folder, 'processes.json');

/** Keeps the list of children, so that a later start finds them even when this one is killed. */
export const recordChildren = (folder: string, children: readonly Child[]): void => {
  const list = children.flatMap(({ plan, identity }): Leftover[] =>
    identity ? [{ ...identity, name: plan.name, stopSignal: plan.stopSignal }] : [],
  );
  const path = fileIn(folder);
  writeFileSync(`${path}.new`, JSON.stringify(list));
  renameSync(`${path}.new`, path);
};

/** Stops what a killed start left running, last started first; answers the names. */
export const stopLeftovers = async (folder: string): Promise<string[]> => {
  const found = readList(fileIn(folder)).filter(isRunning).reverse();
  for (const leftover of found) {
    process.kill(leftover.pid, leftover.stopSignal);
    const deadline = performance.now() + stopLimit;
    while (isRunning(leftover)) {
      if (performance.now() > deadline) process.kill(leftover.pid, 'SIGKILL');
      await pause(betweenLooks);
    }
  }
  return found.map(({ name }) => name);
};

const readList = (path: string): Leftover[] => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Leftover[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(
      `expected the list of started processes in ${path}, found something else (${error}); remove the file`,
    );
  }
};
