import type { NewMessage } from '../domain/message.ts';
import { SENT_DIGEST, type SentRow } from './insert-message.ts';
import { MESSAGE_JSON } from './message-json.ts';
import type { Statement } from './statement.ts';

/** A SentRow of one of several messages, found by its conversation. */
export type SentTogether = SentRow & { readonly conversation_id: string };

/**
 * The same as `buildInsert`, in the same order, for messages of as many conversations: one transaction for all of them, in which
 * each conversation grows by one version. What can be sent like this: TEXT that mentions nobody, at most one message for each
 * conversation. A conversation that somebody else has locked is left out, so this waits for nobody, least of all in a circle; its
 * message, and one that is refused, has no row in the answer and is to be sent by itself. What fails for one fails for all.
 * The limit leaves nothing out: it tells the planner how many there are, who expects a hundred otherwise and scans tables.
 */
const INSERT_TOGETHER = `
  with input as (
    select * from json_to_recordset(?::json)
      as i(id text, conversation_id text, user_id text, said text, client_message_id text)
    limit ?
  ), first as (
    select message.*, ${SENT_DIGEST} = sha256(convert_to(E'TEXT\\n\\n' || i.said, 'UTF8')) as is_same
    from input i join message on message.conversation_id = i.conversation_id and message.user_id = i.user_id
      and message.client_message_id = i.client_message_id
  ), locked as (
    select c.id, c.last_seq from conversation c where c.id in (select conversation_id from input)
    for no key update skip locked
  ), marked as (
    update participant p set last_read_seq = l.last_seq + 1 from locked l join input i on i.conversation_id = l.id
    where p.conversation_id = l.id and p.user_id = i.user_id
      and not exists (select from first f where f.conversation_id = l.id)
    returning p.conversation_id
  ), bumped as (
    update conversation c set last_seq = last_seq + 1, version = version + 1, updated_at = now()
    from marked where c.id = marked.conversation_id returning c.id, c.last_seq, c.version
  ), sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content, client_message_id)
    select i.id, b.id, b.last_seq, i.user_id, 'TEXT', i.said, i.client_message_id
    from bumped b join input i on i.conversation_id = b.id
    returning *
  ), queued as (
    insert into outbox (conversation_id, version) select id, version from bumped returning id, conversation_id
  )
  select ${MESSAGE_JSON} as message, m.conversation_id, b.version, q.id as outbox_id, true as is_new, true as is_same
  from sent m join bumped b on b.id = m.conversation_id join queued q on q.conversation_id = m.conversation_id
  union all
  select ${MESSAGE_JSON}, m.conversation_id, c.version, null, false, m.is_same from first m
    join conversation c on c.id = m.conversation_id
    join participant p on p.conversation_id = m.conversation_id and p.user_id = m.user_id`;

/** Whether a message can be sent together with others. */
export function canBeTogether({ messageType, content }: NewMessage): boolean {
  return messageType === 'TEXT' && !content.includes('@');
}

/** The statement that stores messages of several conversations, or finds those that were stored before; answers SentTogether. */
export function buildInsertTogether(messages: readonly NewMessage[]): Statement {
  const rows = messages.map(({ id, conversationId, userId, content, clientMessageId }) => ({
    id,
    conversation_id: conversationId,
    user_id: userId,
    said: content,
    client_message_id: clientMessageId ?? null,
  }));
  const isRepeatable = messages.every(({ clientMessageId }) => clientMessageId !== undefined);
  return { sql: INSERT_TOGETHER, values: [JSON.stringify(rows), rows.length], isRepeatable };
}

/** Whether an error says that one of the messages breaks a rule of the data (SQLSTATE, classes 22 and 23), not all of them. */
export function isOneToBlame(error: unknown): boolean {
  return /^2[23]/.test(String((error as { code?: unknown }).code));
}
