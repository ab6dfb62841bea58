import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../run/parts.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const PYTHONS = ['python3', 'python'];

/** Something that this machine lacks; the message says what, and how to get it. */
export class Missing extends Error {}

/**
 * The program `schemathesis` with exactly the packages of requirements.txt. They are installed by pip, once, into a
 * folder of their own under .cache/, which is named for what it holds. Throws Missing.
 */
export function installSchemathesis(tell: (line: string) => void): string {
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const name = `schemathesis-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`;
  const folder = join(ROOT, '.cache', name);
  const program = join(folder, 'bin/schemathesis');
  const done = join(folder, 'installed'); // written last: a folder without it was left half made
  if (existsSync(done)) return program;
  const python = findPython();
  const version = /^schemathesis==(.+)$/m.exec(requirements)?.[1];
  tell(`installing Schemathesis ${version} and what it needs from PyPI into .cache/${name} (once)`);
  rmSync(folder, { recursive: true, force: true });
  run(python, ['-m', 'venv', folder], 'Python has no venv: install python3-venv (Debian, Ubuntu)');
  const options = ['--quiet', '--disable-pip-version-check', '--no-input'];
  run(join(folder, 'bin/pip'), ['install', ...options, '--requirement', REQUIREMENTS], 'PyPI must be reached once');
  writeFileSync(`${done}.new`, '');
  renameSync(`${done}.new`, done);
  return program;
}

function findPython(): string {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)';
  const found = PYTHONS.find((python) => spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0);
  if (found) return found;
  throw new Missing(
    'Expected Python 3.10 or newer for Schemathesis, found none. Install python3 with python3-venv, or run the small fuzz test that needs no Python: npx jest test/fuzz',
  );
}

function run(program: string, args: readonly string[], advice: string): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return;
  throw new Missing(`${program} ${args.join(' ')} failed. ${advice}.\n${error?.message ?? stderr}`);
}
