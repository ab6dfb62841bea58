import { StorageUnavailable } from '../domain/errors.ts';

// Classes and codes of SQLSTATE (Postgres, appendix A) that say "not now" rather than "never":
const UNAVAILABLE_CODES = [
  /^08/, // connection exceptions; PgBouncer reports a lost or full server as 08P01
  /^53/, // insufficient resources: disk full, out of memory, too many connections
  /^57P0[1-5]$/, // shutting down, crashed, starting up, database dropped, idle session ended
  /^57014$/, // cancelled, by statement_timeout for instance
  /^40001$|^40P01$/, // serialization failure, deadlock
  /^55P03$/, // lock not available
  /^25006$/, // read-only transaction: a primary that became a replica
  /^E(CONN|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN|NOTFOUND)/, // of the operating system
];
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Expected an answer of Postgres|Client has encountered a connection error|Cannot use a pool after calling end/i;

/**
 * Whether an error of the driver says that the database is away or overloaded, rather than that a statement is wrong.
 * Looks at what it has, not at its class: errors of the network may come from another realm.
 */
export function isStorageUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, cause, errors } = error as { [field: string]: unknown };
  if (typeof code === 'string' && UNAVAILABLE_CODES.some((pattern) => pattern.test(code))) return true;
  if (typeof message === 'string' && UNAVAILABLE_MESSAGES.test(message)) return true;
  const inner = Array.isArray(errors) ? [cause, ...errors] : [cause]; // a host with several addresses fails once for each
  return inner.some(isStorageUnavailable);
}

/** Runs a piece of work on the database; throws StorageUnavailable where it failed because the database is away. */
export async function guardStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isStorageUnavailable(error)) throw new StorageUnavailable(error);
    throw error;
  }
}
