import type { Client } from 'pg';
import { TrustingClient } from './trusting-client.ts';

/** How long Postgres may take to answer one statement where nothing else is set, in seconds. */
const USUAL_PATIENCE = 3;

type QueryArguments = Parameters<Client['query']>;

/** Makes the class of clients that give Postgres so many seconds for an answer. */
export function buildBoundedClient(patienceSeconds: number = USUAL_PATIENCE) {
  const patience = patienceSeconds * 1_000;
  /**
   * A Postgres client that closes its connection when an answer does not come in time.
   *
   * pg's own `query_timeout` answers the caller but gives the still busy connection back to the pool, where the next
   * statement waits behind the lost one: after a network partition such a pool stays dead until TCP gives up. A server-side
   * `statement_timeout` helps neither then, and as a startup parameter PgBouncer refuses it.
   */
  return class BoundedClient extends TrustingClient {
    override query(...args: unknown[]): never {
      const answer: unknown = super.query(...(args as unknown as QueryArguments));
      if (answer instanceof Promise) this.bound(answer);
      return answer as never; // pg overloads this method eight ways; what it answers is passed on untouched
    }

    bound(answer: Promise<unknown>): void {
      const timer = setTimeout(() => {
        const { stream } = (this as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection;
        stream.destroy(new Error(`Expected an answer of Postgres within ${patience} ms, found none`));
      }, patience);
      const settle = () => clearTimeout(timer);
      answer.then(settle, settle);
    }
  };
}

/** A class of clients with bounded answers. */
export type BoundedClient = ReturnType<typeof buildBoundedClient>;

/**
 * How long a request may wait for a connection of the pool, and a new connection for Postgres, in milliseconds: a second less than for an
 * answer, so that who can't even ask hears of it first.
 */
export const acquireMilliseconds = (patienceSeconds: number = USUAL_PATIENCE): number => (patienceSeconds - 1) * 1_000;
