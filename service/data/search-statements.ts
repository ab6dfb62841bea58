import { MATCH_END, MATCH_START } from '../domain/search.ts';
import { MESSAGE_JSON } from './message-json.ts';
import { type ListPlace, placeTime } from './read-conversations.ts';
import type { Statement } from './statement.ts';

/** What is searched for, by whom, and where: in one conversation, or in all of the user's. */
export type Search = {
  readonly userId: string;
  readonly text: string;
  readonly conversationId: string | undefined;
  readonly limit: number;
  readonly after: ListPlace | undefined;
};

const QUERY = `websearch_to_tsquery('simple', ?)`;
const WORDS = `to_tsvector('simple', content)`;

/** A text without a word that must occur ("-spam") would be every message but some: it finds nothing. */
const MATCHES = `${WORDS} @@ ${QUERY} and querytree(${QUERY}) not in ('', 'T') and deleted_at is null`;

/** Messages of a moment may have been stored in another order: so many more are read of each conversation. */
const SLACK = 10;

/** Tells what was found, of rows `m`: an excerpt has neither the marks of words nor what HTML begins with. */
const tell = (time: string, rows: string, order: string) => `
    select m.id, ${time} as time, ${MESSAGE_JSON}::text as message,
      ts_headline('simple', translate(m.content, '<>${MATCH_START}${MATCH_END}', '‹›'), ${QUERY},
        'StartSel=${MATCH_START}, StopSel=${MATCH_END}, MaxFragments=1, MaxWords=30, MinWords=10, ShortWord=0') as headline
    from (${rows}) m order by ${order}`;

const ORDER = 'm.created_at desc, m.id desc';

/**
 * Looks in one conversation, newest first. Postgres takes the words from the GIN index, or reads the conversation backwards
 * where they are so frequent that a few messages will do: seq is the order of an index.
 */
export function buildSearchOfOne({ userId, text, conversationId, limit, after }: Search): Statement {
  const rows = `select * from message m
      where ${MATCHES} and conversation_id = ?
        and exists (select from participant where conversation_id = ? and user_id = ?)
        ${after ? 'and seq < ?' : ''} order by m.seq desc limit ?`;
  const values = [text, text, text, conversationId, conversationId, userId, ...(after ? [after.time] : []), limit + 1];
  return { sql: tell('m.seq', rows, 'm.seq desc'), values };
}

/** Looks in all conversations of the user by the GIN index: what all users wrote with these words is gone through. */
export function buildSearchByWords({ userId, text, limit, after }: Search): Statement {
  const rows = `select * from message m
      where ${MATCHES} and conversation_id in (select conversation_id from participant where user_id = ?)
        ${after ? 'and (created_at, id) < (?::timestamptz, ?)' : ''} order by ${ORDER} limit ?`;
  const values = [text, text, text, userId, ...describePlace(after), limit + 1];
  return { sql: tell(placeTime('m.created_at'), rows, ORDER), values };
}

/**
 * Looks in all conversations of the user by reading each one backwards, for words that are in many a message; after
 * `PREFER_READING`, or Postgres might look all of them up for every conversation.
 */
export function buildSearchByReading({ userId, text, limit, after }: Search): Statement {
  const rows = `select m.* from participant p, lateral (
        select * from message where conversation_id = p.conversation_id and ${MATCHES}
          ${after ? 'and (created_at, id) < (?::timestamptz, ?)' : ''}
        order by seq desc limit ?
      ) m where p.user_id = ? order by ${ORDER} limit ?`;
  const values = [text, text, text, ...describePlace(after), limit + SLACK, userId, limit + 1];
  return { sql: tell(placeTime('m.created_at'), rows, ORDER), values };
}

/**
 * Bounds a search to so many milliseconds, and has it use indexes: the planner takes `to_tsvector` for a hundredth of what it
 * costs, and left alone reads whole tables word by word. For the transaction alone, so that PgBouncer may mix clients.
 */
export function buildBounds(milliseconds: number): Statement {
  return {
    sql: `select set_config('statement_timeout', ?, true), set_config('enable_seqscan', 'off', true),
      set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`,
    values: [String(milliseconds)],
  };
}

/** Has the rest of the transaction read messages in the order of an index: the GIN index knows none. */
export const PREFER_READING: Statement = { sql: `select set_config('enable_bitmapscan', 'off', true)`, values: [] };

/** Asks the planner how many messages have these words, which it knows from its statistics without looking. */
export function buildEstimate(text: string): Statement {
  return { sql: `explain (format json) select from message where ${WORDS} @@ ${QUERY}`, values: [text] };
}

function describePlace(after: ListPlace | undefined): unknown[] {
  return after ? [new Date(after.time).toISOString(), after.id] : [];
}
