import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A user of this machine, by number. */
export type Account = { readonly uid: number; readonly gid: number };

/**
 * The user under which root starts programs that refuse root; undefined for everyone else, who stays who he is. It is
 * `nobody`, since initdb insists on a user that has a name.
 */
export const observeUnprivilegedAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const ask = (option: string): number =>
    Number(spawnSync('id', [option, 'nobody'], { encoding: 'utf8' }).stdout?.trim() || Number.NaN);
  const account = { uid: ask('-u'), gid: ask('-g') };
  if (Number.isInteger(account.uid) && Number.isInteger(account.gid)) return account;
  throw new Error('expected a user "nobody" to run Postgres as (it refuses root), found none; start as a usual user');
};

/** Whether every user may walk through the folder and all folders above it (the home of root is usually closed). */
export const isOpenToAll = (folder: string): boolean => {
  for (let at = folder; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
};

/** Gives a folder and everything in it to the account, unless the folder is its own already. */
export const giveFolder = (folder: string, account: Account | undefined): void => {
  if (!account || statSync(folder).uid === account.uid) return;
  const { status, stderr } = spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected to give ${folder} to user ${account.uid}, found: ${stderr.trim()}`);
};
