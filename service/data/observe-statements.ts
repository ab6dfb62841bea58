import type { Pool } from 'pg';
import type { OperationObserver } from '../telemetry/operation-observer.ts';
import type { BoundedClient } from './bounded-client.ts';

/** A client that tells an observer of each of its statements. The observer gets their SQL, values and all. */
export function buildObservedClient(Base: BoundedClient, observe: OperationObserver): BoundedClient {
  return class ObservedClient extends Base {
    override query(...args: unknown[]): never {
      const [statement] = args as [string | { text?: string } | undefined];
      const sql = typeof statement === 'string' ? statement : statement?.text;
      if (sql === undefined) return super.query(...args);
      const end = observe(sql);
      const answer: unknown = super.query(...args);
      if (answer instanceof Promise) answer.then(() => end(), end);
      else end();
      return answer as never;
    }
  };
}

/** Has an observer told how long each connection of a pool was waited for, in seconds. */
export function observeAcquire(pool: Pool, observe: (seconds: number) => void): void {
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  const observed = (callback?: (...args: unknown[]) => unknown) => {
    const start = performance.now();
    const end = () => observe((performance.now() - start) / 1_000);
    if (callback) {
      return connect((...args: unknown[]) => {
        end();
        return callback(...args);
      });
    }
    const connection = connect() as Promise<unknown>;
    connection.then(end, end);
    return connection;
  };
  pool.connect = observed as Pool['connect'];
}
