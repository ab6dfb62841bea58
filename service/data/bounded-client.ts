import { Client } from 'pg';

/** How long Postgres may take to answer one statement, in milliseconds. */
const STATEMENT_TIMEOUT = 3_000;

type QueryArguments = Parameters<Client['query']>;

/**
 * A Postgres client that closes its connection when an answer does not come within STATEMENT_TIMEOUT.
 *
 * pg's own `query_timeout` answers the caller but gives the still busy connection back to the pool, where the next
 * statement waits behind the lost one: after a network partition such a pool stays dead until TCP gives up. A server-side
 * `statement_timeout` helps neither then, and as a startup parameter PgBouncer refuses it.
 */
export class BoundedClient extends Client {
  override query(...args: unknown[]): never {
    const answer: unknown = super.query(...(args as unknown as QueryArguments));
    if (answer instanceof Promise) this.#bound(answer);
    return answer as never; // pg overloads this method eight ways; what it answers is passed on untouched
  }

  #bound(answer: Promise<unknown>): void {
    const timer = setTimeout(() => {
      const { stream } = (this as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection;
      stream.destroy(new Error(`Expected an answer of Postgres within ${STATEMENT_TIMEOUT} ms, found none`));
    }, STATEMENT_TIMEOUT);
    const settle = () => clearTimeout(timer);
    answer.then(settle, settle);
  }
}
