import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import {
  type Bound,
  findBound,
  findSurroundings,
  type KeysetAddress,
  type Surroundings,
} from '../domain/keyset-page.ts';
import type { MessageView } from '../domain/message.ts';
import type { Statement } from './insert-message.ts';
import { MESSAGE_COLUMNS, type MessageRow, presentMessage } from './message-row.ts';
import { guardStorage } from './storage-faults.ts';

/** A page at a place of a conversation, as one snapshot of the database told it; messages are newest first. */
export type KeysetPage = Surroundings & { readonly messages: readonly MessageView[]; readonly version: number };

type PageRow = {
  version: string;
  last_seq: string;
  first_seq: string | null;
  takes_part: boolean;
  messages: MessageRow[];
};

const RANGES = {
  older: 'seq < ? order by seq desc',
  newer: 'seq > ? order by seq asc',
} as const;

/**
 * One statement, so version, membership and messages are of one snapshot. The index (conversation_id, seq) is entered at the
 * bound and left after `limit` entries, and entered once more for the oldest seq: a page costs the same at any depth.
 */
export function buildKeysetQuery(conversationId: string, userId: string, bound: Bound, limit: number): Statement {
  const sql = `
    select c.version, c.last_seq,
      exists (select from participant where conversation_id = c.id and user_id = ?) as takes_part,
      (select seq from message where conversation_id = c.id order by seq limit 1) as first_seq,
      coalesce((
        select json_agg(page order by page.seq desc) from (
          select ${MESSAGE_COLUMNS} from message where conversation_id = c.id and ${RANGES[bound.side]} limit ?
        ) page
      ), '[]') as messages
    from conversation c where c.id = ?`;
  return { sql, values: [userId, bound.seq, limit, conversationId] };
}

/** Reads a page for one of the participants. Throws ConversationNotFound, NotParticipant or StorageUnavailable. */
export async function readKeysetPage(orm: MikroORM, address: KeysetAddress, userId: string): Promise<KeysetPage> {
  const { conversationId, limit, place } = address;
  const bound = findBound(place, limit);
  const { sql, values } = buildKeysetQuery(conversationId, userId, bound, limit);
  const rows = await guardStorage(() => orm.em.getConnection().execute<PageRow[]>(sql, [...values]));
  const row = rows[0];
  if (!row) throw new ConversationNotFound(conversationId);
  if (!row.takes_part) throw new NotParticipant(conversationId, userId);
  const messages = row.messages.map((message) => presentMessage(conversationId, message));
  const firstSeq = row.first_seq === null ? null : Number(row.first_seq);
  const surroundings = findSurroundings({ messages, firstSeq, lastSeq: Number(row.last_seq) }, bound);
  return { messages, version: Number(row.version), ...surroundings };
}
