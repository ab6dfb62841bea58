import { spawnSync } from 'node:child_process';
import type { Account } from './account.ts';
import type { PostgresEngine } from './postgres.ts';

/** A program with its arguments. */
type CommandLine = { readonly program: string; readonly args: readonly string[] };

/** As the administrator of a user namespace: a disk of its own with a copy of `data`, then as an ordinary user again, for Postgres insists on one. */
const SCRIPT = `
size=$1 user=$2
shift 2
mkdir -p disk
mount -t tmpfs -o size="$size"m,mode=0700 none disk
cp -R --preserve=mode data disk/data
exec unshare --user --map-user="$user" --map-group="$user" "$@"`;

const asAdministrator = ['--user', '--map-root-user', '--mount'];

/** Whether this machine lets `account` have a disk of its own: user namespaces, which a container may forbid. */
export function canBoundDisks(account: Account | undefined): boolean {
  const { status } = spawnSync('unshare', [...asAdministrator, 'mount', '-t', 'tmpfs', 'none', '/tmp'], { ...account });
  return status === 0;
}

/** The command with a file system of so many MiB at `disk/` of its working directory, which has a copy of `data/`, nobody else sees, and ends with it. */
export function onBoundedDisk(
  { program, args }: CommandLine,
  mebibytes: number,
  account: Account | undefined,
): CommandLine {
  const user = account?.uid ?? process.getuid?.() ?? 0;
  return {
    program: 'unshare',
    args: [...asAdministrator, 'sh', '-euc', SCRIPT, 'sh', `${mebibytes}`, `${user}`, program, ...args],
  };
}

type Bounded = Pick<PostgresEngine, 'query' | 'folder'>;

const ballast = ({ folder }: Bounded): string => `'${folder}/disk/ballast'`;

/** Takes what room a disk has left, to the last byte. */
export async function fillDisk(postgres: Bounded): Promise<void> {
  const text = `COPY (SELECT repeat('x', 100000) FROM generate_series(1, 100000)) TO ${ballast(postgres)}`;
  const { code } = (await postgres.query(text).catch((error) => error)) as { code?: string };
  if (code !== '53100') throw new Error(`expected a disk that is full after 10 GB, found ${code ?? 'room for more'}`);
}

/** Gives it back. */
export const freeDisk = async (postgres: Bounded): Promise<void> =>
  void (await postgres.query(`COPY (SELECT WHERE false) TO ${ballast(postgres)}`));
