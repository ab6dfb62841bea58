import type { MikroORM } from '@mikro-orm/postgresql';
import { type Change, writeTrimmedEvent } from '../domain/change.ts';
import { runStatement } from './statement.ts';
import { type Run, runTransaction } from './transaction.ts';

/** Most messages that one transaction deletes: it holds the conversation for some tens of milliseconds. */
const BATCH = 1_000;

/** Most conversations that are looked at by one statement. */
const LOOKED_AT = 500;

/** Any number that every replica agrees on: here the letters "trim" in ASCII. */
const LOCK = 0x74_72_69_6d;

/** Conversations that hold messages which are older than they may be, and where to go on looking; undefined at the end. */
export type DuePage = { readonly ids: readonly string[]; readonly next: string | undefined };

/** What one transaction did: deleted messages, found none that is due, or left it to another replica. */
export type TrimOutcome =
  | { readonly kind: 'trimmed'; readonly change: Change; readonly messages: number; readonly hasMore: boolean }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'busy' };

const CUTOFF = '?::timestamptz - make_interval(days => retention_days)';

/** Looks at the next conversations with retention, in the order of their ids: at the oldest message of each. */
export async function findDue(orm: MikroORM, after: string, now: Date): Promise<DuePage> {
  const rows = await runStatement<{ id: string; is_due: boolean | null }>(orm, {
    sql: `select id, (select created_at from message where conversation_id = c.id order by seq limit 1) < ${CUTOFF} as is_due
      from (
        select id, retention_days from conversation where retention_days is not null and id > ?
        order by id limit ${LOOKED_AT}
      ) c order by id`,
    values: [now.toISOString(), after],
  });
  const ids = rows.filter((row) => row.is_due).map(({ id }) => id);
  return { ids, next: rows.length === LOOKED_AT ? rows.at(-1)?.id : undefined };
}

/**
 * Deletes the oldest messages of a conversation that are older than it keeps them, at most 1,000, with the mentions they made;
 * as one transaction with a version of its own. Messages go in the order of seq, so those that stay have no gap.
 *
 * One replica at a time: the lock is the transaction's own, so it works behind PgBouncer and ends with whatever ends that.
 */
export function trimHistory(orm: MikroORM, conversationId: string, now: Date): Promise<TrimOutcome> {
  return runTransaction(orm, async (run): Promise<TrimOutcome> => {
    const [lock] = await run<{ taken: boolean }>({
      sql: 'select pg_try_advisory_xact_lock(?) as taken',
      values: [LOCK],
    });
    if (!lock?.taken) return { kind: 'busy' };
    const sql = 'select from conversation where id = ? for no key update';
    await run({ sql, values: [conversationId] });
    const range = await findRange(run, conversationId, now);
    if (!range) return { kind: 'nothing' };
    const change = await deleteBefore(run, conversationId, range.firstKept);
    return { kind: 'trimmed', change, messages: range.firstKept - range.first, hasMore: range.hasMore };
  });
}

type RangeRow = { first: string | null; last: string; kept: string | null; count: string };
type Range = { first: number; firstKept: number; hasMore: boolean };

/** Which of the oldest messages go: those before the first that is young enough, or that is beyond a batch. */
async function findRange(run: Run, conversationId: string, now: Date): Promise<Range | undefined> {
  const [row] = await run<RangeRow>({
    sql: `select min(seq) as first, max(seq) as last, count(*) as count,
        min(seq) filter (where created_at >= ${CUTOFF} or retention_days is null) as kept
      from (
        select m.seq, m.created_at, c.retention_days from conversation c join message m on m.conversation_id = c.id
        where c.id = ? order by m.seq limit ${BATCH}
      ) oldest`,
    values: [now.toISOString(), conversationId],
  });
  if (!row || row.first === null) return undefined;
  const first = Number(row.first);
  const firstKept = row.kept === null ? Number(row.last) + 1 : Number(row.kept);
  return firstKept === first
    ? undefined
    : { first, firstKept, hasMore: row.kept === null && Number(row.count) === BATCH };
}

async function deleteBefore(run: Run, conversationId: string, firstSeq: number): Promise<Change> {
  const [row] = await run<{ version: string; outbox_id: string }>({
    sql: `with bumped as (
        update conversation set version = version + 1 where id = ? returning id, version
      ), gone as (
        delete from message m using bumped b where m.conversation_id = b.id and m.seq < ?
      ), forgotten as (
        delete from mention n using bumped b where n.conversation_id = b.id and n.seq < ?
      ), queued as (
        insert into outbox (conversation_id, version) select id, version from bumped returning id
      )
      select bumped.version, queued.id as outbox_id from bumped, queued`,
    values: [conversationId, firstSeq, firstSeq],
  });
  const { version: text, outbox_id: outboxId } = row as { version: string; outbox_id: string };
  const version = Number(text);
  return { conversationId, version, outboxId, json: writeTrimmedEvent(conversationId, version, firstSeq) };
}
