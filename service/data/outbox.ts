import type { MikroORM } from '@mikro-orm/postgresql';
import { runStatement } from './statement.ts';

/** Longest time that the row of an announced change stays, in milliseconds, while Postgres is there. */
const DELETE_AFTER = 200;

/** Most rows deleted, and most told, by one statement. */
export const OUTBOX_BATCH = 500;

/** Most ids remembered while Postgres is slow; rows that are forgotten are announced once more, which changes nothing. */
const MOST_REMEMBERED = 50_000;

/** A change that was committed some time ago and whose row is still there. */
export type Unannounced = {
  readonly id: string;
  readonly conversationId: string;
  readonly version: number;
  /** Milliseconds since its transaction began, by the clock of Postgres. */
  readonly age: number;
};

type Row = { id: string; conversation_id: string; version: string; age: string };

/**
 * The outbox: each transaction that changes a conversation leaves a row, which goes when the change was announced. A row that
 * stays belongs to a process that died, or to one that cannot reach Redis; a relay announces it (realtime/outbox-relay.ts).
 * Rows are deleted many at a time, later: an early end costs a second announcement and nothing else.
 */
export class Outbox {
  readonly #orm: MikroORM;
  #announced: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Remembers that the change of a row was announced. */
  settle(id: string): void {
    if (this.#announced.length < MOST_REMEMBERED) this.#announced.push(id);
    this.#schedule();
  }

  /**
   * Deletes the rows of announced changes, those too that are settled meanwhile; one flush at a time, so that a slow Postgres
   * is not asked by many at once. Never throws: what cannot be deleted now is told again by `findOlderThan`.
   */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#deleteAnnounced().finally(() => {
      this.#flushing = undefined;
      if (this.#announced.length > 0) this.#schedule();
    });
    return this.#flushing;
  }

  /** The oldest rows that have been there for so many milliseconds, at most 500. Throws StorageUnavailable. */
  async findOlderThan(age: number): Promise<Unannounced[]> {
    const rows = await runStatement<Row>(this.#orm, {
      sql: `select id, conversation_id, version, 1000 * extract(epoch from clock_timestamp() - created_at) as age from outbox
        where created_at < now() - make_interval(secs => ?) order by id limit ${OUTBOX_BATCH}`,
      values: [age / 1_000],
    });
    return rows.map((row) => ({
      id: row.id,
      conversationId: row.conversation_id,
      version: Number(row.version),
      age: Number(row.age),
    }));
  }

  /**
   * Deletes rows now. Rows that somebody else deletes at the moment are left to them, so that two who delete the same rows in
   * another order never wait for each other in a circle. Throws StorageUnavailable.
   */
  async remove(ids: readonly string[]): Promise<void> {
    await runStatement(this.#orm, {
      sql: `delete from outbox where id in (select id from outbox where id = any(?::bigint[]) for update skip locked)`,
      values: [`{${ids.join(',')}}`],
    });
  }

  #schedule(): void {
    if (this.#flushing) return; // it takes what is added meanwhile
    this.#timer ??= setTimeout(() => void this.flush(), DELETE_AFTER).unref();
  }

  async #deleteAnnounced(): Promise<void> {
    while (this.#announced.length > 0) {
      const batch = this.#announced.splice(0, OUTBOX_BATCH);
      const sql = 'delete from outbox where id = any(?::bigint[])';
      try {
        await runStatement(this.#orm, { sql, values: [`{${batch.join(',')}}`] });
      } catch {
        return; // Postgres is away: the rows stay, and whoever relays them deletes them
      }
    }
  }
}
