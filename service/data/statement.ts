import type { MikroORM } from '@mikro-orm/postgresql';
import { guardStorage } from './storage-faults.ts';

/**
 * A statement with its values, in the order of its question marks. A repeatable one may run twice and do no more than once: it reads,
 * or finds what it did before.
 */
export type Statement = { readonly sql: string; readonly values: readonly unknown[]; readonly isRepeatable?: boolean };

/** Runs a statement by itself, as a transaction of its own. Throws StorageUnavailable when Postgres is away. */
export function runStatement<Row>(orm: MikroORM, { sql, values, isRepeatable }: Statement): Promise<Row[]> {
  return guardStorage(() => orm.em.getConnection().execute<Row[]>(sql, [...values]), isRepeatable);
}
