import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The user that an engine runs as. */
export type Account = { readonly uid: number; readonly gid: number };

/** `nobody` of Debian, Alpine and Kubernetes: it exists in /etc/passwd, which initdb insists on. */
const NOBODY: Account = { uid: 65534, gid: 65534 };

/**
 * Postgres and PgBouncer refuse to run as root, so that root starts them as `nobody`.
 * Undefined means: stay who you are.
 */
export function unprivilegedAccount(): Account | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** A new folder of the system's temporary folder that belongs to that account. Its path is short enough for a socket. */
export function createFolder(name: string, account: Account | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** Gives a folder with all that is in it to an account. */
export function giveFolder(folder: string, account: Account | undefined): void {
  if (!account) return;
  const { status, stderr } = spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Could not give ${folder} to user ${account.uid}: ${stderr}`);
}

/** Whether every folder on the way to `path` may be walked through by everybody (a checkout under /root is not). */
export function isOpenToAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * The folder of programs as `account` can reach it: the folder itself, or where that lies behind a closed door
 * a copy of it in the temporary folder, made once.
 */
export function reachableFolder(folder: string, name: string, account: Account | undefined): string {
  if (!account || isOpenToAll(folder)) return folder;
  const copy = join(tmpdir(), name);
  if (existsSync(copy) && statSync(copy).uid === 0) return copy;
  const work = mkdtempSync(join(tmpdir(), 'chatstack-copy-'));
  copyFolder(folder, join(work, 'copy'));
  moveUnlessThere(join(work, 'copy'), copy);
  rmSync(work, { recursive: true, force: true });
  return copy;
}

/** Copies a folder with modes and links as they are (`fs.cp` gives folders new modes, which Postgres refuses). */
export function copyFolder(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  execFileSync('cp', ['-Rp', from, to], { stdio: 'pipe' });
}

/** Puts a finished folder in its place at once; when another process was faster, its folder stays. */
export function moveUnlessThere(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
    rmSync(from, { recursive: true, force: true });
  }
}
