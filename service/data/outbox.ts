import type { MikroORM } from '@mikro-orm/postgresql';
import { runStatement } from './statement.ts';

/** Longest time that the row of an announced change stays, in milliseconds, while Postgres is there. */
const DELETE_AFTER = 200;

/** Most rows deleted, and most told, by one statement. */
const BATCH = 500;

/** Most ids remembered while Postgres is away; rows that are forgotten are announced once more, which changes nothing. */
const MOST_REMEMBERED = 50_000;

/** A change that was committed some time ago and whose row is still there. */
export type Unannounced = { readonly id: string; readonly conversationId: string; readonly version: number };

/**
 * The outbox: each transaction that changes a conversation leaves a row, which goes when the change was announced. A row that
 * stays belongs to a process that died, or to one that cannot reach Redis. Rows are deleted many at a time, later: an early
 * end costs a second announcement and nothing else.
 */
export class Outbox {
  readonly #orm: MikroORM;
  #announced: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Remembers that the change of a row was announced. */
  settle(id: string): void {
    if (this.#announced.length < MOST_REMEMBERED) this.#announced.push(id);
    this.#timer ??= setTimeout(() => void this.flush(), DELETE_AFTER).unref();
  }

  /** Deletes the rows of announced changes. Never throws: what cannot be deleted now is told again by `findOlderThan`. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = this.#announced;
    this.#announced = [];
    try {
      while (ids.length > 0) {
        const batch = ids.slice(-BATCH);
        const sql = 'delete from outbox where id = any(?::bigint[])';
        await runStatement(this.#orm, { sql, values: [`{${batch.join(',')}}`] });
        ids.length -= batch.length;
      }
    } catch {
      // Postgres is away: the rows stay, and whoever relays them settles them again.
    }
  }

  /** The oldest rows that have been there for so many milliseconds, at most 500. Throws StorageUnavailable. */
  async findOlderThan(ageMs: number): Promise<Unannounced[]> {
    const rows = await runStatement<{ id: string; conversation_id: string; version: string }>(this.#orm, {
      sql: `select id, conversation_id, version from outbox
        where created_at < now() - make_interval(secs => ?) order by id limit ${BATCH}`,
      values: [ageMs / 1_000],
    });
    return rows.map((row) => ({ id: row.id, conversationId: row.conversation_id, version: Number(row.version) }));
  }
}
