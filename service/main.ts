import { setFlagsFromString } from 'node:v8';
import { ConfigError, parseServiceConfig, type ServiceConfig } from './config/config.ts';
import { listIdentityWarnings } from './identity/identity-warnings.ts';
import { prepareEnd } from './process-end.ts';
import { createLogger } from './telemetry/logger.ts';
import { VERSION } from './telemetry/process-metrics.ts';

function readConfig(): ServiceConfig {
  try {
    return parseServiceConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const config = readConfig();
const logger = createLogger(config.logLevel);
// Before all that takes time: as process 1 of a container, a program without handlers hears no signal at all.
const ending = prepareEnd(process, logger);
logger.info({ version: VERSION, node: process.version }, 'starting');
for (const warning of listIdentityWarnings(config.identity)) logger.warn(warning);

// Loading some thousand modules makes V8 grow the space for young objects to 64 MiB, which it never gives back, idle or
// not. Held small while they load, it grows only as far as requests need it.
setFlagsFromString('--semi-space-growth-factor=1');
const { startService } = await import('./service.ts');
setFlagsFromString('--semi-space-growth-factor=2'); // V8's default

try {
  const service = await startService(config, logger);
  ending.serve(service);
  const { port, metricsPort } = service;
  const { host, port: databasePort, database, poolSize } = config.database;
  const cache = config.cache ? 'redis' : 'off';
  const tracing = config.telemetry.tracing ? 'on' : 'off';
  logger.info(
    { port, metricsPort, database: { host, port: databasePort, database, poolSize }, cache, tracing },
    'listening',
  );
  void service.whenReady.then(() => logger.info('ready'));
} catch (error) {
  logger.fatal({ err: error }, 'could not start');
  process.exit(1);
}
