import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { copyFolder, createFolder, giveFolder, reachableFolder, unprivilegedAccount } from './account.ts';
import { onBoundedDisk } from './bounded-disk.ts';
import { type EngineProcess, startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { preparePostgresTemplate } from './postgres-template.ts';
import { findPostgres } from './programs.ts';

/** How a Postgres for tests differs from an empty one with its usual settings. */
export type PostgresOptions = {
  /** Settings of the server, such as `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Size of a disk of its own in MiB, from 64 on, where the machine allows one (`canBoundDisks`). It ends with the process: `restart` begins anew. */
  readonly disk?: number;
};

/** A running Postgres on 127.0.0.1, also on a Unix socket in `folder`. */
export type PostgresEngine = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The superuser in database `postgres`. */
  readonly url: string;
  readonly folder: string;
  readonly pid: number;
  log(): string;
  /** Runs statements as the superuser, in `database` or in `postgres`; answers the rows of the last one. */
  query(text: string, values?: readonly unknown[], database?: string): Promise<Record<string, unknown>[]>;
  /** Makes a database, by default with a name of its own, and answers its URL for the superuser. */
  createDatabase(name?: string): Promise<string>;
  /** Ends it (fast shutdown: clients are cut off) and removes its data. */
  stop(): Promise<void>;
  /** Ends it as a crash would; `restart` brings it back with its data. */
  kill(): Promise<void>;
  /** Freezes the server with all its backends: connections stay open and nothing answers. */
  suspend(): void;
  resume(): void;
  /** Starts it again on the same port with the same data, after stopping it where it runs. */
  restart(): Promise<void>;
};

const USER = 'postgres';
const READY = /database system is ready to accept connections/;

/** Starts a Postgres of the npm package on a free port and resolves when it accepts connections. Works as root too. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresEngine> {
  const account = unprivilegedAccount();
  const { folder: installed, version } = findPostgres();
  const programs = reachableFolder(installed, `chatstack-postgres-${version}`, account);
  const template = preparePostgresTemplate(programs, account);
  const folder = createFolder('chatstack-pg', account);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const data = join(folder, 'data');
  copyFolder(template.data, data);
  giveFolder(folder, account);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '16MB',
    ...options.settings,
  };
  const start = (port: number) => {
    const command = {
      program: join(programs, 'bin/postgres'),
      args: [
        ...['-D', options.disk === undefined ? data : join(folder, 'disk/data'), '-p', `${port}`],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
    };
    return startEngine({
      ...(options.disk === undefined ? command : onBoundedDisk(command, options.disk, account)),
      ready: READY,
      account,
      folder,
    });
  };
  const { port, first } = await startOnFreePort(async (port) => ({ port, first: await start(port) })).catch((error) => {
    remove();
    throw error;
  });
  let engine: EngineProcess = first;
  const urlOf = (database: string) => `postgresql://${USER}:${template.password}@127.0.0.1:${port}/${database}`;
  const query: PostgresEngine['query'] = (text, values = [], database = USER) =>
    runQuery(urlOf(database), text, values);
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    password: template.password,
    url: urlOf(USER),
    folder,
    get pid() {
      return engine.pid;
    },
    log: () => engine.log(),
    query,
    createDatabase: async (name = `test_${randomBytes(6).toString('hex')}`) => {
      await query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return urlOf(encodeURIComponent(name));
    },
    stop: async () => {
      await engine.stop('SIGINT');
      remove();
    },
    kill: () => engine.kill(),
    suspend: () => engine.suspend(),
    resume: () => engine.resume(),
    restart: async () => {
      await engine.stop('SIGINT');
      engine = await start(port);
    },
  };
}

async function runQuery(url: string, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Without values the simple protocol is used, which takes several statements and then answers a list of results.
    const result = await (values.length > 0 ? client.query(text, [...values]) : client.query(text));
    const results: pg.QueryResult[] = Array.isArray(result) ? result : [result];
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}
