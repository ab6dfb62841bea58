import type { MikroORM } from '@mikro-orm/postgresql';
import { unreadCount, unreadMentions } from './conversation-json.ts';
import { explainRefusal } from './explain-refusal.ts';
import { runStatement } from './statement.ts';

/** Up to where a participant has read, and what is left. */
export type ReadState = {
  readonly lastReadSeq: number;
  readonly unreadCount: number;
  readonly unreadMentions: number;
  /** Whether the marker was further back before. */
  readonly isMoved: boolean;
};

type ReadRow = { last_read_seq: string; unread_count: string; unread_mentions: string; is_moved: boolean };

/**
 * Moves a participant's marker forward to a seq, no further than to the newest message and never back. Only the row of the
 * participant is written, and not where nothing moves. Throws ConversationNotFound, NotParticipant or StorageUnavailable.
 */
export async function moveReadMarker(
  orm: MikroORM,
  conversationId: string,
  userId: string,
  seq: number,
): Promise<ReadState> {
  const [row] = await runStatement<ReadRow>(orm, {
    sql: `with moved as (
        update participant p set last_read_seq = least(?::bigint, c.last_seq) from conversation c
        where c.id = ? and p.conversation_id = c.id and p.user_id = ? and p.last_read_seq < least(?::bigint, c.last_seq)
        returning p.last_read_seq
      ), marker as (
        select p.conversation_id, coalesce((select last_read_seq from moved), p.last_read_seq) as seq
        from participant p where p.conversation_id = ? and p.user_id = ?
      )
      select k.seq as last_read_seq, ${unreadCount('k.seq')} as unread_count,
        ${unreadMentions('k.seq', '?')} as unread_mentions, exists (select from moved) as is_moved
      from marker k join conversation c on c.id = k.conversation_id`,
    values: [seq, conversationId, userId, seq, conversationId, userId, userId],
  });
  if (!row) throw await explainRefusal(orm, { conversationId, userId });
  return {
    lastReadSeq: Number(row.last_read_seq),
    unreadCount: Number(row.unread_count),
    unreadMentions: Number(row.unread_mentions),
    isMoved: row.is_moved,
  };
}
