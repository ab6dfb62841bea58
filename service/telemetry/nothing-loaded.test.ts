import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';

/**
 * Starts the modules of a service as main.ts does, then says which files of OpenTelemetry were loaded. Its package of types and
 * empty functions (api) does not count: prom-client loads it, for exemplars.
 */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({
    load(url, context, next) {
      if (/@opentelemetry\\/(?!api\\/)|open-telemetry/.test(url)) loaded.push(url);
      return next(url, context);
    },
  });
  const { parseServiceConfig } = await import('./service/config/config.ts');
  const { createLogger } = await import('./service/telemetry/logger.ts');
  const { startService } = await import('./service/service.ts');
  const service = await startService(parseServiceConfig(process.env), createLogger('silent'));
  await fetch('http://127.0.0.1:' + service.port + '/health/live');
  await service.stop();
  console.log(JSON.stringify(loaded));
  process.exit(0);
`;

async function findLoaded(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const env = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    ENABLE_REDIS_CACHE: 'false',
    ...environment,
  };
  const args = ['--input-type=module', '--eval', PROGRAM];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return JSON.parse(output);
}

const SLOW_START = 120_000; // a process that compiles each of its modules

test(
  'without an endpoint not one module of OpenTelemetry is loaded',
  async () => {
    expect(await findLoaded({ OTEL_SERVICE_NAME: 'chat', OTEL_TRACES_SAMPLER: 'always_on' })).toEqual([]);
  },
  SLOW_START,
);

test(
  'with an endpoint they are',
  async () => {
    const loaded = await findLoaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(loaded.length).toBeGreaterThan(10);
  },
  SLOW_START,
);
