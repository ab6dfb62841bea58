import type { MikroORM } from '@mikro-orm/postgresql';
import type { Statement } from './statement.ts';
import { guardStorage } from './storage-faults.ts';

/** Runs a statement of a transaction; answers its rows. */
export type Run = <Row>(statement: Statement) => Promise<Row[]>;

/**
 * Runs statements as one transaction: all of them, or where `work` throws none. Throws StorageUnavailable when Postgres is away.
 * Each statement has a snapshot of its own (READ COMMITTED), so one that follows a lock sees what was committed before it.
 */
export function runTransaction<T>(orm: MikroORM, work: (run: Run) => Promise<T>): Promise<T> {
  const connection = orm.em.getConnection();
  return guardStorage(() =>
    connection.transactional((transaction) =>
      work(<Row>({ sql, values }: Statement) => connection.execute<Row[]>(sql, [...values], 'all', transaction)),
    ),
  );
}
