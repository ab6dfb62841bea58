import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailable } from '../domain/errors.ts';

// What says that Postgres takes no writes, while what is stored can still be read; with what whoever writes is told.
const REFUSED_WRITES = [
  {
    code: /^25006$/, // read-only transaction: a primary that became a replica
    detail:
      'Expected a writable primary, found a Postgres that is read-only. Send it again later; writes are taken once DATABASE_URL leads to the primary and default_transaction_read_only is off.',
  },
  {
    code: /^53100$/,
    detail:
      'Expected room on the disk of Postgres, found it full. Send it again later; writes are taken once its volume has grown or something was deleted.',
  },
];

// Classes and codes of SQLSTATE (Postgres, appendix A) that say "not now" rather than "never":
const UNAVAILABLE_CODES = [
  /^08/, // connection exceptions; PgBouncer reports a lost or full server as 08P01
  /^53/, // insufficient resources: disk full, out of memory, too many connections
  /^57P0[1-5]$/, // shutting down, crashed, starting up, database dropped, idle session ended
  /^57014$/, // cancelled, by statement_timeout for instance
  /^40001$|^40P01$/, // serialization failure, deadlock
  /^55P03$/, // lock not available
  ...REFUSED_WRITES.map(({ code }) => code),
  /^E(CONN|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN|NOTFOUND)/, // of the operating system
];
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Expected an answer of Postgres|Client has encountered a connection error|Cannot use a pool after calling end/i;

// What only comes before a statement is sent on: nobody listens at a pooler's address, or the pooler has no connection to
// Postgres for whoever asks, or gives out none any more because it drains.
const UNSENT_CODES = [/^ECONNREFUSED$/, /^EAI_AGAIN$/, /^57P03$/];
const UNSENT_MESSAGES = /server login has been failing|^server shutting down$/i;

// What ends a connection under way: the statement may have been done or not.
const BROKEN_CODES = [/^ECONNRESET$/, /^EPIPE$/, /^57P0[12]$/];
const BROKEN_MESSAGES = /^Connection terminated unexpectedly$|^server conn crashed/i;

/** How long work that could not begin is tried again, in milliseconds; about as long as a pooler or Postgres takes to start. */
const PATIENCE = 3_000;

/** Waits before it is tried again, in milliseconds: each twice the one before, up to the longest. */
const WAITS = { first: 50, longest: 800 };

/** Whether an error of the driver says that the database is away or overloaded, rather than that a statement is wrong. */
export function isStorageUnavailable(error: unknown): boolean {
  return matches(error, UNAVAILABLE_CODES, UNAVAILABLE_MESSAGES);
}

/** Why Postgres takes no writes, with what to do, where an error of the driver says that; undefined where it says something else. */
export function explainRefusedWrite(error: unknown): string | undefined {
  return REFUSED_WRITES.find(({ code }) => matches(error, [code]))?.detail;
}

/**
 * Runs a piece of work on the database, again where it could not begin: of two poolers the next connection may reach the other one.
 * Work that is repeatable runs again where its connection broke, too. Throws StorageUnavailable where it failed because the database
 * is away.
 */
export async function guardStorage<T>(work: () => Promise<T>, isRepeatable = false): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (let wait = WAITS.first; ; wait = Math.min(wait * 2, WAITS.longest)) {
    try {
      return await work();
    } catch (error) {
      if (!isStorageUnavailable(error)) throw error;
      const mayRunAgain = isUnsent(error) || (isRepeatable && isBroken(error));
      if (!mayRunAgain || performance.now() + wait > deadline) {
        throw new StorageUnavailable(error, explainRefusedWrite(error));
      }
    }
    await sleep(wait * (0.5 + Math.random())); // not all at the same moment
  }
}

/** Whether an error came before anything was sent to Postgres: then the work may run again, whatever it would do. */
function isUnsent(error: unknown): boolean {
  return matches(error, UNSENT_CODES, UNSENT_MESSAGES);
}

/** Whether an error ended the connection, so that nobody knows whether the work was done. */
function isBroken(error: unknown): boolean {
  return matches(error, BROKEN_CODES, BROKEN_MESSAGES);
}

/** Looks at what an error has, not at its class: errors of the network may come from another realm. */
function matches(error: unknown, codes: readonly RegExp[], messages?: RegExp): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, cause, errors } = error as { [field: string]: unknown };
  if (typeof code === 'string' && codes.some((pattern) => pattern.test(code))) return true;
  if (typeof message === 'string' && messages?.test(message)) return true;
  const inner = Array.isArray(errors) ? [cause, ...errors] : [cause]; // a host with several addresses fails once for each
  return inner.some((one) => matches(one, codes, messages));
}
