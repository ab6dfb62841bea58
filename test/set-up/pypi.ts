import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../run/parts.ts';

const PYTHONS = ['python3', 'python'];

/** Something that this machine lacks; the message says what, and how to get it. */
export class Missing extends Error {}

/** A program from PyPI. */
export type PythonProgram = {
  /** Its package and its file in `bin`. */
  readonly name: string;
  /** Path of a file with exactly the packages that it needs. */
  readonly requirements: string;
  /** What to do on a machine without Python. */
  readonly otherwise: string;
};

/**
 * The path of a program from PyPI. Its packages are installed by pip, once, into a folder of their own under .cache/, which is named for
 * what it holds. Throws Missing.
 */
export function installFromPypi(
  { name: packageName, requirements: file, otherwise }: PythonProgram,
  tell: (line: string) => void,
): string {
  const requirements = readFileSync(file, 'utf8');
  const name = `${packageName}-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`;
  const folder = join(ROOT, '.cache', name);
  const program = join(folder, 'bin', packageName);
  const done = join(folder, 'installed'); // written last: a folder without it was left half made
  if (existsSync(done)) return program;
  const python = findPython(packageName, otherwise);
  const version = new RegExp(`^${packageName}==(.+)$`, 'm').exec(requirements)?.[1];
  tell(`installing ${packageName} ${version} and what it needs from PyPI into .cache/${name} (once)`);
  rmSync(folder, { recursive: true, force: true });
  run(python, ['-m', 'venv', folder], 'Python has no venv: install python3-venv (Debian, Ubuntu)');
  const options = ['--quiet', '--disable-pip-version-check', '--no-input'];
  run(join(folder, 'bin/pip'), ['install', ...options, '--requirement', file], 'PyPI must be reached once');
  writeFileSync(`${done}.new`, '');
  renameSync(`${done}.new`, done);
  return program;
}

function findPython(program: string, otherwise: string): string {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)';
  const found = PYTHONS.find((python) => spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0);
  if (found) return found;
  throw new Missing(
    `Expected Python 3.10 or newer for ${program}, found none. Install python3 with python3-venv, or ${otherwise}`,
  );
}

function run(program: string, args: readonly string[], advice: string): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return;
  throw new Missing(`${program} ${args.join(' ')} failed. ${advice}.\n${error?.message ?? stderr}`);
}
