import { Socket } from 'node:net';
import pg from 'pg';

/** Where one PgBouncer process listens and how its admin console is entered. */
export interface AdminConsoleTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Bound of the connection and of each command, in milliseconds. */
  readonly timeoutMilliseconds: number;
}

/** The commands of PgBouncer's admin console that the operator uses. */
export interface AdminConsole {
  /** Makes the process read its configuration file again; open connections stay. */
  reload(): Promise<void>;
  /** Global settings by name, as `SHOW CONFIG` prints them. */
  showConfig(): Promise<ReadonlyMap<string, string>>;
  /** `SHOW DATABASES`: settings of each database entry by its name. */
  showDatabases(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
}

type Row = Record<string, unknown>;

/**
 * Connects to the admin console of one PgBouncer, runs `use`, and closes the connection.
 * The console speaks the simple query protocol alone, so commands never carry parameters.
 * Rejects with the driver's error when the process can't be reached, refuses the login or doesn't answer in time.
 */
export async function withAdminConsole<T>(
  target: AdminConsoleTarget,
  use: (console: AdminConsole) => Promise<T>,
): Promise<T> {
  // The socket is ours, so that nothing stays open when the driver gives up on a peer that says nothing, or nonsense.
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database: 'pgbouncer',
    connectionTimeoutMillis: target.timeoutMilliseconds,
    query_timeout: target.timeoutMilliseconds,
    ssl: false,
  });
  // A connection that breaks after an answer emits 'error' on the client; the pending command rejects by itself,
  // and without a listener the process would end.
  let broken: Error | undefined;
  client.on('error', (error) => {
    broken = error;
  });
  try {
    await client.connect();
    const result = await use(consoleOf(client));
    if (broken) throw broken;
    return result;
  } finally {
    // The farewell is a courtesy: it goes out with the last bytes, and its outcome is of no interest.
    client.end().catch(() => undefined);
    socket.destroySoon();
  }
}

function consoleOf(client: pg.Client): AdminConsole {
  const rows = async (command: string): Promise<Row[]> => (await client.query<Row>(command)).rows;
  return {
    async reload() {
      await client.query('RELOAD');
    },
    async showConfig() {
      return new Map((await rows('SHOW CONFIG')).map((row) => [String(row.key), text(row.value)]));
    },
    async showDatabases() {
      return new Map((await rows('SHOW DATABASES')).map((row) => [String(row.name), cells(row)]));
    },
  };
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

const cells = (row: Row): ReadonlyMap<string, string> =>
  new Map(Object.entries(row).map(([key, value]) => [key, text(value)]));
