import { Socket } from 'node:net';
import pg from 'pg';

/** Whom one talks to in Postgres' protocol, as whom, and for how long at most. */
export type PostgresTarget = Pick<
  pg.ClientConfig,
  'host' | 'port' | 'database' | 'user' | 'password' | 'ssl' | 'application_name'
> & {
  /** Bound of the connection and of each command, in milliseconds. */
  readonly timeoutMilliseconds: number;
};

/** What encrypts a connection to a server that must be of this host name, by one of these authorities (PEM); unset: nothing does. */
export const sslBy = (
  tls: { readonly servername: string; readonly ca: readonly string[] } | undefined,
): NonNullable<pg.ClientConfig['ssl']> => (tls === undefined ? false : { servername: tls.servername, ca: [...tls.ca] });

/**
 * Connects, runs `use`, and closes the connection. Rejects with the driver's error when the server can't be reached, refuses the login or
 * doesn't answer in time.
 */
export async function withPostgres<T>(
  { timeoutMilliseconds, ...target }: PostgresTarget,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  // The socket is ours, so that nothing stays open when the driver gives up on a peer that says nothing, or nonsense.
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    ...target,
    connectionTimeoutMillis: timeoutMilliseconds,
    query_timeout: timeoutMilliseconds,
  });
  // A connection that breaks after an answer emits 'error' on the client; the pending command rejects by itself,
  // and without a listener the process would end.
  let broken: Error | undefined;
  client.on('error', (error) => {
    broken = error;
  });
  try {
    await client.connect();
    const result = await use(client);
    if (broken) throw broken;
    return result;
  } finally {
    // The farewell is a courtesy: it goes out with the last bytes, and its outcome is of no interest.
    client.end().catch(() => undefined);
    socket.destroySoon();
  }
}
