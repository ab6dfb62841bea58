import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildStartPostgres } from '@chatstack/stack/config/start-postgres.ts';
import { createFolder, giveFolder, unprivilegedAccount } from '@chatstack/test/engines/account.ts';
import { type EngineProcess, startEngine } from '@chatstack/test/engines/engine-process.ts';
import { startOnFreePort } from '@chatstack/test/engines/free-port.ts';
import pg from 'pg';

/** What a script ended with. */
export type Ended = { readonly code: number | null; readonly output: string };

/** A Postgres as a stack starts it, a folder for backups, and the scripts run beside it as their containers would. */
export type BackupLab = {
  readonly port: number;
  readonly backups: string;
  readonly work: string;
  readonly passwords: { readonly service: string; readonly superuser: string };
  /** Runs a script to its end. */
  run(script: string, environment?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs a statement as a role in a database; answers its rows. */
  query(text: string, database?: string, user?: 'chatstack' | 'postgres'): Promise<Record<string, unknown>[]>;
  /** Names in the folder of backups, hidden ones left out. */
  list(): string[];
  stop(): Promise<void>;
};

const passwords = { superuser: `su'per`, service: `ser"vice`, pgbouncer: 'lookup' };

/** Starts Postgres of that folder of programs by the start script of a stack. */
export async function openBackupLab(programs: string): Promise<BackupLab> {
  const account = unprivilegedAccount();
  const folder = createFolder('chatstack-backup', account);
  for (const name of ['volume', 'backups', 'work']) mkdirSync(join(folder, name));
  const path = `${programs}:${process.env.PATH ?? ''}`;
  const { port, engine } = await startOnFreePort(async (port) => {
    const conf = `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\nfsync = off\n`;
    writeFileSync(join(folder, 'postgresql.conf'), conf);
    writeFileSync(join(folder, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
    const start = buildStartPostgres({
      dataFolder: join(folder, 'volume/data'),
      configFile: join(folder, 'postgresql.conf'),
      hbaFile: join(folder, 'pg_hba.conf'),
    });
    writeFileSync(join(folder, 'start.sh'), start);
    giveFolder(folder, account);
    chmodSync(folder, 0o755);
    const started: EngineProcess = await startEngine({
      program: 'sh',
      args: [join(folder, 'start.sh')],
      ready: /database system is ready to accept connections/,
      account,
      folder,
      env: {
        PATH: path,
        POSTGRES_PASSWORD: passwords.superuser,
        SERVICE_PASSWORD: passwords.service,
        PGBOUNCER_PASSWORD: passwords.pgbouncer,
      },
    });
    return { port, engine: started };
  });
  const [backups, work] = [join(folder, 'backups'), join(folder, 'work')];
  const common = {
    PATH: path,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    BACKUPS: backups,
    WORK: work,
    RESULT: join(folder, 'result'),
    KEEP: '3',
    STACK: 'acme',
    NAMESPACE: 'chat',
    POSTGRES_PASSWORD: passwords.superuser,
    SERVICE_PASSWORD: passwords.service,
  };
  return {
    port,
    backups,
    work,
    passwords,
    run: (script, environment = {}) =>
      new Promise((resolve) => {
        const child = spawn('sh', ['-s'], { env: { ...common, ...environment }, cwd: '/', ...(account ?? {}) });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            output += text;
          });
        }
        child.on('close', (code) => resolve({ code, output }));
        child.stdin.on('error', () => undefined); // a script that ends early does not read all of itself
        child.stdin.end(script);
      }),
    async query(text, database = 'chatstack', user = 'chatstack') {
      const password = user === 'chatstack' ? passwords.service : passwords.superuser;
      const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    list: () =>
      readdirSync(backups)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    async stop() {
      await engine.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a script needs to connect as the owner of the database. */
export const asOwner = (lab: BackupLab) => ({
  PGUSER: 'chatstack',
  PGPASSWORD: lab.passwords.service,
  PGDATABASE: 'chatstack',
});
