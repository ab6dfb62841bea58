import { existsSync } from 'node:fs';
import { ConfigError, parseMigrationConfig } from './config/config.ts';
import { adoptDatabase, DatabaseRefused } from './data/adopt-database.ts';

// Makes a restored database one that the service may serve. RESTORE_DONE: a file; where it is, there is nothing to do any more.
const tell = (message: string) => void process.stdout.write(`${message}\n`);
const done = process.env.RESTORE_DONE;

try {
  if (done && existsSync(done)) tell('This restore has been done already.');
  else await adoptDatabase(parseMigrationConfig(process.env).database, { tell });
} catch (error) {
  const isRefused = error instanceof DatabaseRefused || error instanceof ConfigError;
  process.stderr.write(
    `${isRefused ? error.message : `The restored database could not be made ready: ${String(error)}`}\n`,
  );
  process.exitCode = error instanceof DatabaseRefused ? 2 : 1;
}
