import { ConfigError, parseFixturesConfig } from './config/config.ts';
import { openDatabase } from './data/database.ts';
import { createFixtures, FIXTURE_CONVERSATION, FIXTURE_USERS } from './data/fixtures.ts';

const tell = (message: string) => void process.stdout.write(`${message}\n`);

try {
  const database = openDatabase(parseFixturesConfig(process.env).database, tell);
  try {
    const made = await createFixtures(database.orm);
    const what = `${FIXTURE_CONVERSATION} of ${FIXTURE_USERS.join(' and ')}`;
    tell(made ? `Made ${what} with 10 messages.` : `${what} is there already.`);
  } finally {
    await database.close(5_000);
  }
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `The fixtures failed: ${String(error)}`}\n`);
  process.exitCode = 1;
}
