import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, observeProcess, type ProcessIdentity } from './process-identity.ts';

/** A start that holds the folder: who it is, and where its service answers. */
export type Holder = ProcessIdentity & { readonly url: string };

/**
 * Takes a folder for this process, until `release` or its end. Answers the holder where another running process has it; the
 * lock of a process that is gone is taken over. The lock file appears whole (a link to a finished file), never empty.
 */
export const acquireStateLock = (
  folder: string,
  url: string,
): { readonly release: () => void } | { readonly holder: Holder } => {
  const lock = join(folder, 'lock');
  const mine = JSON.stringify({ ...observeProcess(process.pid), url });
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (;;) {
      if (linked(draft, lock)) return { release: () => removeIfEquals(lock, mine) };
      const text = readIfThere(lock);
      const holder = text === undefined ? undefined : parseHolder(text);
      if (holder && isRunning(holder)) return { holder };
      if (text !== undefined) removeIfEquals(lock, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
};

const linked = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Two starts may find the same stale lock: what was moved away is looked at again, and a fresh lock put back. */
const removeIfEquals = (lock: string, text: string): void => {
  const aside = `${lock}.${process.pid}.stale`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== text) linked(aside, lock);
  rmSync(aside, { force: true });
};

const parseHolder = (text: string): Holder | undefined => {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined; // not written by us: as good as none
  }
};
