import type { MikroORM } from '@mikro-orm/postgresql';
import { guardStorage } from './storage-faults.ts';

/** A statement with its values, in the order of its question marks. */
export type Statement = { readonly sql: string; readonly values: readonly unknown[] };

/** Runs a statement by itself, as a transaction of its own. Throws StorageUnavailable when Postgres is away. */
export function runStatement<Row>(orm: MikroORM, { sql, values }: Statement): Promise<Row[]> {
  return guardStorage(() => orm.em.getConnection().execute<Row[]>(sql, [...values]));
}
