import pg from 'pg';
import { sslBy, withPostgres } from '../runtime/with-postgres.ts';

/** Where one PgBouncer process listens and how its admin console is entered. */
export interface AdminConsoleTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Tried where the first is refused: while passwords are rotated, poolers of before and after run side by side. */
  readonly otherPassword?: string;
  /** Bound of the connection and of each command, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** Set: the connection is encrypted, and the certificate must be of this host name and by one of these authorities (PEM). */
  readonly tls?: { readonly servername: string; readonly ca: readonly string[] };
}

/** The commands of PgBouncer's admin console that the operator uses. */
export interface AdminConsole {
  /** Makes the process read its configuration file again; open connections stay. */
  reload(): Promise<void>;
  /** Global settings by name, as `SHOW CONFIG` prints them. */
  showConfig(): Promise<ReadonlyMap<string, string>>;
  /** `SHOW DATABASES`: settings of each database entry by its name. */
  showDatabases(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Changes a setting of the running process until it reads its file again (RELOAD). */
  set(setting: string, value: string): Promise<void>;
  /**
   * `PAUSE`: from now on clients wait; resolves when the transactions under way have ended and every connection to a server is closed.
   * When that takes longer than a command may, it rejects, and the process is paused all the same. Of the whole process: while only a
   * database is paused, PgBouncer goes on filling its pool to `min_pool_size`, and what it fails with is told to clients after the RESUME.
   */
  pause(): Promise<void>;
  /** `RESUME`: clients no longer wait. Answers whether they did. */
  resume(): Promise<boolean>;
  /** `SHOW CLIENTS`: who is logged in, and from where. */
  showClients(): Promise<readonly PoolerClient[]>;
  /** `SHOW POOLS`: what each pool is doing now. */
  showPools(): Promise<readonly PoolState[]>;
}

/** Somebody who is logged in at a pooler. */
export interface PoolerClient {
  readonly user: string;
  readonly address: string;
}

/** What one pool is doing: connections of clients and to servers, and how long the first waiting client has waited. */
export interface PoolState {
  readonly database: string;
  readonly user: string;
  readonly activeClients: number;
  readonly waitingClients: number;
  readonly activeServers: number;
  readonly idleServers: number;
  readonly longestWaitMilliseconds: number;
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
  const { otherPassword, ...first } = target;
  try {
    return await withLogin(first, use);
  } catch (error) {
    if (otherPassword === undefined || !isRefusedLogin(error)) throw error;
    return withLogin({ ...first, password: otherPassword }, use);
  }
}

/** The login is the first that is refused: nothing was done before. */
const isRefusedLogin = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === '28P01';

function withLogin<T>(target: AdminConsoleTarget, use: (console: AdminConsole) => Promise<T>): Promise<T> {
  const { tls, ...login } = target;
  return withPostgres({ ...login, database: 'pgbouncer', ssl: sslBy(tls) }, (client) => use(consoleOf(client)));
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
    async set(setting, value) {
      await client.query(`SET ${setting} = ${pg.escapeLiteral(value)}`);
    },
    async pause() {
      await client.query('PAUSE').catch(unless(/already suspended\/paused/));
    },
    async resume() {
      // Asked first, because a RESUME in vain is an error in the log. Versions before 1.20 can't tell.
      const states = await rows('SHOW STATE').catch(unless(/./));
      if (states?.some(({ key, value }) => key === 'paused' && value === 'no')) return false;
      const answer = await client.query('RESUME').catch(unless(/not paused/));
      return answer !== undefined;
    },
    async showClients() {
      return (await rows('SHOW CLIENTS')).map((row) => ({ user: text(row.user), address: text(row.addr) }));
    },
    async showPools() {
      return (await rows('SHOW POOLS')).map((row) => ({
        database: text(row.database),
        user: text(row.user),
        activeClients: Number(row.cl_active),
        waitingClients: Number(row.cl_waiting),
        activeServers: Number(row.sv_active),
        idleServers: Number(row.sv_idle),
        longestWaitMilliseconds: Number(row.maxwait) * 1000 + Number(row.maxwait_us) / 1000,
      }));
    },
  };
}

/** What the console complains of is so already. */
const unless =
  (complaint: RegExp) =>
  (error: unknown): undefined => {
    if (!(error instanceof Error && complaint.test(error.message))) throw error;
  };

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

const cells = (row: Row): ReadonlyMap<string, string> =>
  new Map(Object.entries(row).map(([key, value]) => [key, text(value)]));
