import { sslBy, withPostgres } from '../runtime/with-postgres.ts';

/** Where a Postgres, or a pooler in front of it, is asked for room, and as whom. */
export interface RoomTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Set: the connection is encrypted, and the certificate must be of this host name and by one of these authorities (PEM). */
  readonly tls?: { readonly servername: string; readonly ca: readonly string[] };
  /** Bound of the connection and of the question, in milliseconds. */
  readonly timeoutMilliseconds: number;
}

/** Whether Postgres had room on its disk; `unknown`: it did not say. */
export type RoomAnswer = { readonly kind: 'free' } | { readonly kind: 'full' | 'unknown'; readonly reason: string };

/** SQLSTATE of a file that finds no room: disk_full. */
const diskFull = '53100';

/**
 * Rows of a function, which go into a temporary file of 1 MiB beside the tables, for they are given next to no memory. The file is gone
 * when the statement ends; nothing else is written, to the write-ahead log neither. Two statements sent together are one transaction, so a
 * pooler gives both the same connection, and the setting ends with them.
 */
const question = "SET LOCAL work_mem = '64kB'; SELECT count(*) FROM generate_series(1, 75000)";

/**
 * Asks whether a Postgres has room on its disk, by taking some for a moment: a statement that writes to a table may succeed for long on a
 * full disk, in what room is left within its files. Never rejects.
 */
export async function askRoom({ tls, ...login }: RoomTarget): Promise<RoomAnswer> {
  try {
    await withPostgres({ ...login, ssl: sslBy(tls), application_name: 'chatstack-operator' }, (client) =>
      client.query(question),
    );
    return { kind: 'free' };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return { kind: code === diskFull ? 'full' : 'unknown', reason: message };
  }
}
