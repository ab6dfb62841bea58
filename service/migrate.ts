import { ConfigError, parseMigrationConfig } from './config/config.ts';
import { migrateSchema } from './data/schema-migration.ts';

const tell = (message: string) => void process.stdout.write(`${message}\n`);

try {
  const { database } = parseMigrationConfig(process.env);
  const applied = await migrateSchema(database, { tell });
  tell(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is at its newest version already.');
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `The migration failed: ${String(error)}`}\n`);
  process.exitCode = 1;
}
