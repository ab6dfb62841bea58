import { startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { requireProgram } from './programs.ts';

/** A running exporter. */
export type ExporterEngine = {
  /** `host:port`, whose /metrics are to be scraped. */
  readonly address: string;
  stop(): Promise<void>;
};

type Command = {
  readonly program: string;
  readonly args: (address: string) => readonly string[];
  readonly ready: RegExp;
  readonly env?: Readonly<Record<string, string>>;
};

async function startExporter({ program, args, ready, env = {} }: Command): Promise<ExporterEngine> {
  const path = requireProgram(program);
  const { address, engine } = await startOnFreePort(async (port) => {
    const address = `127.0.0.1:${port}`;
    return { address, engine: await startEngine({ program: path, args: args(address), ready, env }) };
  });
  return { address, stop: () => engine.stop() };
}

const withoutTls = (url: string) => `${url}?sslmode=disable`;

/** Starts a postgres_exporter that logs in with this URL and tells of statements too, with their texts, but for those of some users. */
export const startPostgresExporter = (url: string, hiddenUsers: readonly string[]): Promise<ExporterEngine> =>
  startExporter({
    program: 'postgres_exporter',
    args: (address) => [
      `--web.listen-address=${address}`,
      '--collector.stat_statements',
      '--collector.stat_statements.include_query',
      `--collector.stat_statements.exclude_users=${hiddenUsers.join(',')}`,
      '--collector.long_running_transactions',
    ],
    ready: /Listening on/,
    env: { DATA_SOURCE_NAME: withoutTls(url) },
  });

/** Starts a redis_exporter of the Redis at this URL. */
export const startRedisExporter = (url: string): Promise<ExporterEngine> =>
  startExporter({
    program: 'redis_exporter',
    args: (address) => [`--web.listen-address=${address}`, `--redis.addr=${url}`],
    ready: /Providing metrics at/,
  });

/** Starts a pgbouncer_exporter of the console at this URL. */
export const startPgbouncerExporter = (url: string): Promise<ExporterEngine> =>
  startExporter({
    program: 'pgbouncer_exporter',
    args: (address) => [`--web.listen-address=${address}`, `--pgBouncer.connectionString=${withoutTls(url)}`],
    ready: /Listening on/,
  });
