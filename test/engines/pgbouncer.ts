import { randomBytes } from 'node:crypto';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFolder, unprivilegedAccount } from './account.ts';
import { type EngineProcess, startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { requireProgram } from './programs.ts';

/** Where a PgBouncer runs: what its ini text has to say. */
export type PgbouncerPlace = { readonly port: number; readonly folder: string; readonly authFile: string };

/** Either the text of pgbouncer.ini, or databases and users from which a small one is made. */
export type PgbouncerOptions = {
  /** The whole ini text for a place; without it one is made from `databases` and `settings`. */
  readonly ini?: (place: PgbouncerPlace) => string;
  /** The text of the file at `authFile`; without it one is made from `users`. */
  readonly userlist?: string;
  /** Name → connection string, such as `{ chat: 'host=127.0.0.1 port=5432 dbname=chat' }`. */
  readonly databases?: Readonly<Record<string, string>>;
  /** Name → password (plain) of those who may log in. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of section [pgbouncer] beside the defaults, which they may replace. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Who may use the console, when `ini` names somebody; otherwise `admin` with a random password. */
  readonly admin?: { readonly user: string; readonly password: string };
};

/** A running PgBouncer on 127.0.0.1. */
export type PgbouncerEngine = PgbouncerPlace & {
  readonly host: string;
  readonly pid: number;
  /** The URL of a database for a user. */
  url(database: string, user: string, password: string): string;
  /** The admin console: connect with the simple protocol. */
  readonly adminUrl: string;
  log(): string;
  /** Replaces the ini text when one is given, and has the running process read it again. */
  reload(ini?: string): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  suspend(): void;
  resume(): void;
  restart(): Promise<void>;
};

/** The ini text of a pooler in transaction mode for tests. */
export function buildTestIni(place: PgbouncerPlace, options: PgbouncerOptions, admin: string): string {
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: place.port,
    unix_socket_dir: place.folder,
    auth_type: 'scram-sha-256',
    auth_file: place.authFile,
    admin_users: admin,
    pool_mode: 'transaction',
    ignore_startup_parameters: 'extra_float_digits',
    ...options.settings,
  };
  const lines = (table: Readonly<Record<string, string | number>>) =>
    Object.entries(table).map(([name, value]) => `${name} = ${value}`);
  return ['[databases]', ...lines(options.databases ?? {}), '[pgbouncer]', ...lines(settings), ''].join('\n');
}

/** Starts a PgBouncer on a free port and resolves when it listens. Works as root too: it runs as another user then. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<PgbouncerEngine> {
  const program = requireProgram('pgbouncer');
  const account = unprivilegedAccount();
  const folder = createFolder('chatstack-pgb', account);
  const iniFile = join(folder, 'pgbouncer.ini');
  const authFile = join(folder, 'userlist.txt');
  const admin = options.admin ?? { user: 'admin', password: randomBytes(24).toString('base64url') };

  const write = (file: string, text: string) => {
    writeFileSync(file, text, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  };
  const start = () => startEngine({ program, args: [iniFile], ready: /process up: PgBouncer/i, account, folder });
  write(authFile, options.userlist ?? buildUserlist({ ...options.users, [admin.user]: admin.password }));
  const startFirst = async (port: number) => {
    const place = { port, folder, authFile };
    write(iniFile, options.ini?.(place) ?? buildTestIni(place, options, admin.user));
    return { port, first: await start() };
  };
  const { port, first } = await startOnFreePort(startFirst).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  let engine: EngineProcess = first;
  const url = (database: string, user: string, password: string) =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    host: '127.0.0.1',
    port,
    folder,
    authFile,
    get pid() {
      return engine.pid;
    },
    url,
    adminUrl: url('pgbouncer', admin.user, admin.password),
    log: () => engine.log(),
    reload: async (ini) => {
      if (ini !== undefined) write(iniFile, ini);
      const read = engine.awaitLine(/re-reading config/);
      engine.signal('SIGHUP');
      await read;
    },
    stop: async () => {
      await engine.stop('SIGQUIT'); // at once in every version; SIGTERM waits for clients since 1.23
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => engine.kill(),
    suspend: () => engine.suspend(),
    resume: () => engine.resume(),
    restart: async () => {
      await engine.stop('SIGQUIT');
      engine = await start();
    },
  };
}

function buildUserlist(users: Readonly<Record<string, string>>): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return Object.entries(users)
    .map(([name, password]) => `${quote(name)} ${quote(password)}\n`)
    .join('');
}
