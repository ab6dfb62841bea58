import { createHash } from 'node:crypto';
import type { JsonText, NewMessage } from '../domain/message.ts';
import { MESSAGE_JSON } from './message-json.ts';
import type { Statement } from './statement.ts';

/** What an insert answers: the message stored under its id, and whether this statement stored it. */
export type SentRow = {
  readonly message: JsonText;
  readonly version: string;
  /** Null where the message was stored before. */
  readonly outbox_id: string | null;
  readonly is_new: boolean;
  /** Whether the stored message is what this one says, as it was first sent. */
  readonly is_same: boolean;
};

/** SQL for what a message said when it was sent, whatever became of it; the twin of `digestOf`. */
export const SENT_DIGEST = `coalesce(sent_digest,
  sha256(convert_to(message_type || E'\\n' || coalesce(reply_to_id, '') || E'\\n' || content, 'UTF8')))`;

function digestOf({ messageType, replyToId = '', content }: NewMessage): Buffer {
  return createHash('sha256').update(`${messageType}\n${replyToId}\n${content}`).digest();
}

const NOT_NULL_VIOLATION = '23502';
const UNIQUE_VIOLATION = '23505';
const UNIQUE_INDEX = 'message_client_message_id';

/**
 * The statement that stores a message, or finds the one that was stored under its client message id; answers SentRows.
 *
 * One statement is one transaction of its own: the row of the conversation is locked while Postgres works, never across a
 * trip over the network. The lock orders concurrent sends, so seq has no gaps (a failed insert takes its update along) and
 * commit order is seq order. The sender has read what it sends, so its marker moves along, and the outbox remembers the
 * change until it is announced.
 *
 * What a statement reads is as old as its start; a row that it writes it sees as it is. So a sender who was removed, or is no
 * owner any more, while this send waited for the row of the conversation is found out by the write of its marker. The
 * message has no user then, which its table refuses: all is taken back, no seq is lost, and nothing follows a removal.
 *
 * A message that may have been sent before changes nothing then, and the first one is answered with the newest version, as
 * long as the sender still takes part. Two at once may both find no first one. The later waits for the row of the
 * conversation, then breaks the unique index, which takes its update back: no seq is lost, and it asks again.
 */
export function buildInsert(message: NewMessage, mentioned: readonly string[] = []): Statement {
  const { id, conversationId, userId, messageType, content, clientMessageId, replyToId } = message;
  const values: unknown[] = [];
  const value = (given: unknown) => {
    values.push(given);
    return '?';
  };
  const isOnce = clientMessageId !== undefined;
  const owner = (table: string) => (messageType === 'SYSTEM' ? `and ${table}.role = 'OWNER'` : '');
  const member = `member as (
    select user_id from participant p
    where p.conversation_id = ${value(conversationId)} and p.user_id = ${value(userId)} ${owner('p')}
  )`;
  const first = isOnce
    ? `, first as (
    select *, ${SENT_DIGEST} = ${value(digestOf(message))} as is_same from message
    where conversation_id = ${value(conversationId)} and user_id = ${value(userId)}
      and client_message_id = ${value(clientMessageId)}
  )`
    : '';
  const bumped = `, bumped as (
    update conversation set last_seq = last_seq + 1, version = version + 1, updated_at = now()
    where id = ${value(conversationId)} and exists (select from member)
      ${isOnce ? 'and not exists (select from first)' : ''}
      ${replyToId === undefined ? '' : `and exists (select from message where id = ${value(replyToId)} and conversation_id = ${value(conversationId)})`}
    returning id, last_seq, version
  ), marked as (
    update participant p set last_read_seq = b.last_seq from bumped b
    where p.conversation_id = b.id and p.user_id = ${value(userId)} ${owner('p')} returning p.user_id
  )`;
  const sent = `, sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content, reply_to_id, client_message_id)
    select ${value(id)}, id, last_seq, (select user_id from marked),
      ${[messageType, content, replyToId ?? null, clientMessageId ?? null].map(value).join(', ')}
    from bumped
    returning *
  ), queued as (
    insert into outbox (conversation_id, version) select id, version from bumped returning id
  )`;
  const mentions =
    mentioned.length === 0
      ? ''
      : `, named as (
    insert into mention (conversation_id, user_id, seq)
    select p.conversation_id, p.user_id, b.last_seq from participant p, bumped b
    where p.conversation_id = b.id and p.user_id in (${mentioned.map(value).join(', ')}) and p.user_id <> ${value(userId)}
  )`;
  const repeat = isOnce
    ? ` union all
  select ${MESSAGE_JSON}, c.version, null, false, m.is_same from first m, member, conversation c
  where c.id = ${value(conversationId)}`
    : '';
  const sql = `with ${member}${first}${bumped}${sent}${mentions}
  select ${MESSAGE_JSON} as message, bumped.version, queued.id as outbox_id, true as is_new, true as is_same
  from sent m, bumped, queued${repeat}`;
  return { sql, values, isRepeatable: isOnce };
}

/** Whether an error says that the sender was removed, or is no owner any more, while the send waited. */
export function isExpelled(error: unknown): boolean {
  const { code, table, column } = error as { code?: unknown; table?: unknown; column?: unknown };
  return code === NOT_NULL_VIOLATION && table === 'message' && column === 'user_id';
}

/** Whether an error says that another send stored a message under the same client message id meanwhile. */
export function isOvertaken(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION && constraint === UNIQUE_INDEX;
}
