import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import {
  type Bound,
  findBound,
  findSurroundings,
  type KeysetAddress,
  type Surroundings,
} from '../domain/keyset-page.ts';
import type { JsonText } from '../domain/message.ts';
import { AGGREGATED_MESSAGES } from './message-json.ts';
import { runStatement, type Statement } from './statement.ts';

/** A page at a place of a conversation, as one snapshot of the database told it; messages are newest first. */
export type KeysetPage = Surroundings & { readonly messages: JsonText; readonly version: number };

type PageRow = {
  version: string;
  last_seq: string;
  first_seq: string | null;
  newest: string | null;
  oldest: string | null;
  takes_part: boolean;
  messages: JsonText;
};

const FIRST_SEQ = '(select seq from message where conversation_id = c.id order by seq limit 1)';

const RANGES = {
  older: 'seq < ? order by seq desc',
  yielding: `seq < greatest(?, ${FIRST_SEQ} + ?) order by seq desc`,
  newer: 'seq > ? order by seq asc',
} as const;

/**
 * One statement, so version, membership and messages are of one snapshot. The index (conversation_id, seq) is entered at the
 * bound and left after `limit` entries, and entered once more for the oldest seq: a page costs the same at any depth.
 */
export function buildKeysetQuery(conversationId: string, userId: string, bound: Bound, limit: number): Statement {
  const { side, seq, yields = false } = bound;
  const sql = `
    select c.version, c.last_seq,
      exists (select from participant where conversation_id = c.id and user_id = ?) as takes_part,
      ${FIRST_SEQ} as first_seq,
      page.*
    from conversation c, lateral (
      select max(seq) as newest, min(seq) as oldest, ${AGGREGATED_MESSAGES} as messages
      from (select * from message where conversation_id = c.id and ${RANGES[yields ? 'yielding' : side]} limit ?) m
    ) page
    where c.id = ?`;
  return { sql, values: [userId, seq, ...(yields ? [limit] : []), limit, conversationId], isRepeatable: true };
}

/** Reads a page for one of the participants. Throws ConversationNotFound, NotParticipant or StorageUnavailable. */
export async function readKeysetPage(orm: MikroORM, address: KeysetAddress, userId: string): Promise<KeysetPage> {
  const { conversationId, limit, place } = address;
  const bound = findBound(place, limit);
  const [row] = await runStatement<PageRow>(orm, buildKeysetQuery(conversationId, userId, bound, limit));
  if (!row) throw new ConversationNotFound(conversationId);
  if (!row.takes_part) throw new NotParticipant(conversationId, userId);
  const seq = (text: string | null) => (text === null ? null : Number(text));
  const ends = { firstSeq: seq(row.first_seq), lastSeq: Number(row.last_seq) };
  const page = { newest: seq(row.newest), oldest: seq(row.oldest) };
  return { messages: row.messages, version: Number(row.version), ...findSurroundings(page, ends, bound) };
}
