import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NEEDED = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'];

/** Where Debian keeps the programs of each version. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * A folder with the server and the client programs of one PostgreSQL, as its images have them; npm's has no pg_dump. Undefined where
 * none is installed (Debian: apt-get install postgresql).
 */
export function findPostgresPrograms(path = process.env.PATH ?? ''): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [
    ...path.split(delimiter).filter(Boolean),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => NEEDED.every((name) => existsSync(join(folder, name))));
}
