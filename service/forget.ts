import { forgetPages } from './cache/forget-pages.ts';
import { ConfigError, parseServiceConfig } from './config/config.ts';

// The last step of a restore: pages of before must not be served any more.
const tell = (message: string) => void process.stdout.write(`${message}\n`);

try {
  const { redis } = parseServiceConfig(process.env);
  if (redis) tell(`Forgot ${await forgetPages(redis)} cached pages and markers.`);
  else tell('There is no Redis to forget pages.');
} catch (error) {
  const text = error instanceof ConfigError ? error.message : String(error);
  process.stderr.write(
    `Expected Redis to forget its pages, but: ${text}; the database is restored, this step is tried again\n`,
  );
  process.exitCode = 1;
}
