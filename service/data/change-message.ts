import type { MikroORM } from '@mikro-orm/postgresql';
import { type Change, writeMessageEvent } from '../domain/change.ts';
import type { ConversationType, Role } from '../domain/conversation.ts';
import { ConversationNotFound, MessageNotFound, NotParticipant } from '../domain/errors.ts';
import type { JsonText, MessageType } from '../domain/message.ts';
import type { FoundMessage, MessageChange, MessageDecision } from '../domain/message-change.ts';
import type { Reactions } from '../domain/reactions.ts';
import { SENT_DIGEST } from './insert-message.ts';
import { MESSAGE_JSON } from './message-json.ts';
import type { Statement } from './statement.ts';
import { type Run, runTransaction } from './transaction.ts';

/** Which message, and who asks. */
export type MessageAddress = { readonly conversationId: string; readonly messageId: string; readonly userId: string };

/** A message after a change; where nothing changed, the change is but a version. */
export type ChangedMessage = { readonly message: JsonText; readonly change: Change };

type Locked = { type: ConversationType; version: string };

type Standing = {
  role: Role | null;
  id: string | null;
  sender_id: string;
  message_type: MessageType;
  content: string;
  is_deleted: boolean;
  reactions: string | null;
  message: JsonText;
};

/**
 * Changes a message in one transaction: locks its conversation, so that nothing about it changes any more, looks at the message,
 * has `decide` decide, and writes it. Throws ConversationNotFound, NotParticipant, MessageNotFound and what `decide` throws.
 */
export function changeMessage(
  orm: MikroORM,
  address: MessageAddress,
  decide: MessageDecision,
): Promise<ChangedMessage> {
  const { conversationId, messageId, userId } = address;
  return runTransaction(orm, async (run) => {
    const [locked] = await run<Locked>({
      sql: 'select type, version from conversation where id = ? for no key update',
      values: [conversationId],
    });
    if (!locked) throw new ConversationNotFound(conversationId);
    const standing = await observeStanding(run, address);
    if (standing.role === null) throw new NotParticipant(conversationId, userId);
    if (standing.id === null) throw new MessageNotFound(conversationId, messageId);
    const found = describeMessage(address, locked.type, standing);
    const decided = decide(found, { userId, role: standing.role });
    if (decided) return applyChange(run, address, decided);
    return { message: standing.message, change: { conversationId, version: Number(locked.version) } };
  });
}

/** A statement of its own: its snapshot is taken after the lock, so it has what was committed while this one waited. */
async function observeStanding(run: Run, { conversationId, messageId, userId }: MessageAddress): Promise<Standing> {
  const rows = await run<Standing>({
    sql: `select p.role, m.id, m.user_id as sender_id, m.message_type, m.content, m.deleted_at is not null as is_deleted,
        m.reactions::text as reactions, ${MESSAGE_JSON} as message
      from (select) one
        left join participant p on p.conversation_id = ? and p.user_id = ?
        left join message m on m.id = ? and m.conversation_id = ?`,
    values: [conversationId, userId, messageId, conversationId],
  });
  return rows[0] as Standing;
}

function describeMessage(
  { conversationId, messageId }: MessageAddress,
  conversationType: ConversationType,
  standing: Standing,
): FoundMessage {
  return {
    id: messageId,
    conversationId,
    conversationType,
    senderId: standing.sender_id,
    messageType: standing.message_type,
    content: standing.content,
    isDeleted: standing.is_deleted,
    reactions: standing.reactions === null ? {} : (JSON.parse(standing.reactions) as Reactions),
  };
}

type ChangedRow = { message: JsonText; version: string; outbox_id: string };

async function applyChange(
  run: Run,
  { conversationId, messageId }: MessageAddress,
  decided: MessageChange,
): Promise<ChangedMessage> {
  const rows = await run<ChangedRow>(buildChange(conversationId, messageId, decided));
  const { message, version: text, outbox_id: outboxId } = rows[0] as ChangedRow;
  const version = Number(text);
  const json = writeMessageEvent('message.changed', conversationId, version, message);
  return { message, change: { conversationId, version, outboxId, json } };
}

/** One statement for all that changes. What was first sent is remembered, for repeats under the sender's message id. */
function buildChange(conversationId: string, messageId: string, decided: MessageChange): Statement {
  const { assignments, values, mentioned } = describeWrite(decided);
  const names = mentioned && JSON.stringify(mentioned);
  // Mentions that stay are not written again: a row can't be deleted and made anew in one statement.
  const mentions = mentioned
    ? `, dropped as (
    delete from mention n using changed m where n.conversation_id = m.conversation_id and n.seq = m.seq
      and n.user_id not in (select value from json_array_elements_text(?))
  ), named as (
    insert into mention (conversation_id, user_id, seq)
    select p.conversation_id, p.user_id, m.seq from changed m join participant p on p.conversation_id = m.conversation_id
    where p.user_id in (select value from json_array_elements_text(?)) and p.user_id <> m.user_id
    on conflict do nothing
  )`
    : '';
  const sql = `with bumped as (
    update conversation set version = version + 1 where id = ? returning id, version
  ), changed as (
    update message m set changed_version = b.version, ${assignments}
    from bumped b where m.id = ? and m.conversation_id = b.id returning m.*
  ), queued as (
    insert into outbox (conversation_id, version) select id, version from bumped returning id
  )${mentions}
  select ${MESSAGE_JSON} as message, bumped.version, queued.id as outbox_id from changed m, bumped, queued`;
  return { sql, values: [conversationId, ...values, messageId, ...(names === undefined ? [] : [names, names])] };
}

type Write = { assignments: string; values: readonly unknown[]; mentioned?: readonly string[] };

function describeWrite(decided: MessageChange): Write {
  if (decided.kind === 'react') {
    const isEmpty = Object.keys(decided.reactions).length === 0;
    return { assignments: 'reactions = ?::jsonb', values: [isEmpty ? null : JSON.stringify(decided.reactions)] };
  }
  const digest = `sent_digest = ${SENT_DIGEST}`;
  if (decided.kind === 'edit') {
    const assignments = `${digest}, content = ?, edited_at = now()`;
    return { assignments, values: [decided.content], mentioned: decided.mentioned };
  }
  return { assignments: `${digest}, content = '', deleted_at = now(), reactions = null`, values: [], mentioned: [] };
}
