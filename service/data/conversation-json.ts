import { time } from './message-json.ts';

/** SQL for the JSON of the row `c` of `conversation` with all who take part, in the order in which they joined: a ConversationView. */
export const CONVERSATION_JSON = `(
    select json_build_object(
      'id', c.id, 'type', c.type, 'title', c.title, 'retentionDays', c.retention_days, 'version', c.version,
      'lastSeq', c.last_seq, 'createdAt', ${time('c.created_at')}, 'updatedAt', ${time('c.updated_at')},
      'participantIds', coalesce(json_agg(p.user_id order by p.joined_at, p.user_id), '[]'),
      'participants', coalesce(json_agg(json_build_object('userId', p.user_id, 'role', p.role,
        'joinedAt', ${time('p.joined_at')}, 'lastReadSeq', p.last_read_seq) order by p.joined_at, p.user_id), '[]'))
    from participant p where p.conversation_id = c.id)`;

/** SQL for the seq of the oldest message of the conversation `c`, read from the index; one after the newest where none is left. */
export const FIRST_SEQ = `coalesce(
    (select seq from message where conversation_id = c.id order by seq limit 1), c.last_seq + 1)`;

/**
 * SQL for how many messages of the conversation `c` are newer than a marker: seq has no gaps, so nothing is counted. What
 * retention took away cannot be read any more. A marker may be newer than the snapshot's last_seq by a send under way.
 */
export const unreadCount = (marker: string) => `greatest(c.last_seq - greatest(${marker}, ${FIRST_SEQ} - 1), 0)`;

/** SQL for how many messages of the conversation `c` newer than a marker name a user. */
export const unreadMentions = (marker: string, userId: string) =>
  `(select count(*) from mention n where n.conversation_id = c.id and n.user_id = ${userId} and n.seq > ${marker})`;
