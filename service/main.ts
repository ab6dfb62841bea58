import { setFlagsFromString } from 'node:v8';
import { ConfigError, parseServiceConfig, type ServiceConfig } from './config/config.ts';
import { listIdentityWarnings } from './identity/identity-warnings.ts';
import { createLogger } from './telemetry/logger.ts';

// Loading some thousand modules makes V8 grow the space for young objects to 64 MiB, which it never gives back, idle or
// not. Held small while they load, it grows only as far as requests need it.
setFlagsFromString('--semi-space-growth-factor=1');
const { startService } = await import('./service.ts');
setFlagsFromString('--semi-space-growth-factor=2'); // V8's default

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
for (const warning of listIdentityWarnings(config.identity)) logger.warn(warning);

try {
  const service = await startService(config, logger);
  const { port, metricsPort } = service;
  const { host, port: databasePort, database, poolSize } = config.database;
  const cache = config.cache ? 'redis' : 'off';
  logger.info({ port, metricsPort, database: { host, port: databasePort, database, poolSize }, cache }, 'listening');
  void service.whenReady.then(() => logger.info('ready'));

  const shutDown = async (signal: string) => {
    logger.info({ signal }, 'shutting down');
    const isClean = await service.stop();
    if (!isClean) logger.warn('requests were broken off: they took longer than SHUTDOWN_GRACE_SECONDS');
    logger.info('ended');
    process.exit(0);
  };
  process.once('SIGTERM', shutDown).once('SIGINT', shutDown);
} catch (error) {
  logger.fatal({ err: error }, 'could not start');
  process.exit(1);
}
