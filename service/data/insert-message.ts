import type { NewMessage } from '../domain/message.ts';
import { MESSAGE_COLUMNS, type MessageRow } from './message-row.ts';

/** A statement with its values, in the order of its question marks. */
export type Statement = { readonly sql: string; readonly values: readonly unknown[] };

/** What an insert answers: the message stored under its id, and whether this statement stored it. */
export type SentRow = MessageRow & { readonly version: string; readonly is_new: boolean };

/**
 * One statement is one transaction of its own: the row of the conversation is locked while Postgres works, never across a
 * trip over the network. The lock orders concurrent sends, so seq has no gaps (a failed insert takes its update along) and
 * commit order is seq order.
 */
const INSERT = `
  with bumped as (
    update conversation set last_seq = last_seq + 1, version = version + 1, updated_at = now()
    where id = ? and exists (select from participant where conversation_id = ? and user_id = ?)
    returning id, last_seq, version
  ), sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content)
    select ?, id, last_seq, ?, ?, ? from bumped
    returning ${MESSAGE_COLUMNS}
  )
  select sent.*, bumped.version, true as is_new from sent, bumped`;

/**
 * The same for a message that may have been sent before: then nothing is changed, and the first one is answered with the
 * newest version, as long as the sender still takes part. Two at once may both find no first one. The later waits for the
 * row of the conversation, then breaks the unique index, which takes its update back: no seq is lost, and it asks again.
 */
const INSERT_ONCE = `
  with member as (
    select user_id from participant where conversation_id = ? and user_id = ?
  ), first as (
    select ${MESSAGE_COLUMNS} from message
    where conversation_id = ? and user_id = ? and client_message_id = ?
  ), bumped as (
    update conversation set last_seq = last_seq + 1, version = version + 1, updated_at = now()
    where id = ? and exists (select from member) and not exists (select from first)
    returning id, last_seq, version
  ), sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content, client_message_id)
    select ?, id, last_seq, ?, ?, ?, ? from bumped
    returning ${MESSAGE_COLUMNS}
  )
  select sent.*, bumped.version, true as is_new from sent, bumped
  union all
  select first.*, c.version, false from first, member, conversation c where c.id = ?`;

const UNIQUE_VIOLATION = '23505';
const UNIQUE_INDEX = 'message_client_message_id';

/** The statement that stores a message, or finds the one that was stored under its client message id; answers SentRows. */
export function buildInsert(message: NewMessage): Statement {
  const { id, conversationId, userId, messageType, content, clientMessageId } = message;
  if (clientMessageId === undefined) {
    return { sql: INSERT, values: [conversationId, conversationId, userId, id, userId, messageType, content] };
  }
  const member = [conversationId, userId];
  const first = [conversationId, userId, clientMessageId];
  const sent = [id, userId, messageType, content, clientMessageId];
  return { sql: INSERT_ONCE, values: [...member, ...first, conversationId, ...sent, conversationId] };
}

/** Whether an error says that another send stored a message under the same client message id meanwhile. */
export function isOvertaken(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION && constraint === UNIQUE_INDEX;
}
