import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Change, writeMessageEvent } from '../domain/change.ts';
import type { ConversationType, Role } from '../domain/conversation.ts';
import { ConversationNotFound } from '../domain/errors.ts';
import type { Membership, MembershipChange } from '../domain/membership.ts';
import type { JsonText } from '../domain/message.ts';
import { CONVERSATION_JSON } from './conversation-json.ts';
import { buildUserInsert } from './create-conversation.ts';
import { MESSAGE_JSON } from './message-json.ts';
import type { Statement } from './statement.ts';
import { type Run, runTransaction } from './transaction.ts';

/** A conversation after a change of who takes part or of its settings; where nothing changed, the change is but a version. */
export type ChangedConversation = {
  readonly conversation: JsonText;
  readonly change: Change;
  readonly added: readonly string[];
};

/** Decides what is to be done to a conversation; undefined where nothing is. Throws what forbids it. */
export type MembershipDecision = (membership: Membership) => MembershipChange | undefined;

type LockedRow = {
  id: string;
  type: ConversationType;
  title: string | null;
  retention_days: number | null;
};

/**
 * Changes who takes part, or the settings, in one transaction: locks the conversation, so that nothing about it changes any
 * more, looks at it, has `decide` decide, and writes all of it with the SYSTEM message that tells it. Throws ConversationNotFound
 * and what `decide` throws.
 */
export function changeMembership(
  orm: MikroORM,
  conversationId: string,
  actorId: string,
  decide: MembershipDecision,
): Promise<ChangedConversation> {
  return runTransaction(orm, async (run) => {
    const membership = await lockMembership(run, conversationId);
    const decided = decide(membership);
    const change = decided && (await applyChange(run, conversationId, actorId, decided));
    const [stored] = await run<{ version: string; conversation: JsonText }>({
      sql: `select c.version, ${CONVERSATION_JSON}::text as conversation from conversation c where c.id = ?`,
      values: [conversationId],
    });
    const { version, conversation } = stored as { version: string; conversation: JsonText };
    return {
      conversation,
      change: change ?? { conversationId, version: Number(version) },
      added: decided?.added ?? [],
    };
  });
}

async function lockMembership(run: Run, conversationId: string): Promise<Membership> {
  const [locked] = await run<LockedRow>({
    sql: 'select id, type, title, retention_days from conversation where id = ? for no key update',
    values: [conversationId],
  });
  if (!locked) throw new ConversationNotFound(conversationId);
  // A statement of its own: its snapshot is taken after the lock, so it has what was committed while this one waited.
  const rows = await run<{ user_id: string; role: Role }>({
    sql: 'select user_id, role from participant where conversation_id = ? order by joined_at, user_id',
    values: [conversationId],
  });
  const { id, type, title, retention_days: retentionDays } = locked;
  return { id, type, title, retentionDays, members: rows.map(({ user_id, role }) => ({ userId: user_id, role })) };
}

type AppliedRow = { message: JsonText; version: string; outbox_id: string };

async function applyChange(
  run: Run,
  conversationId: string,
  actorId: string,
  decided: MembershipChange,
): Promise<Change> {
  if (decided.added.length > 0) await run(buildUserInsert(decided.added));
  const [applied] = await run<AppliedRow>(buildChange(conversationId, actorId, decided));
  const { message, version: text, outbox_id: outboxId } = applied as AppliedRow;
  const version = Number(text);
  const json = writeMessageEvent('message', conversationId, version, message);
  return { conversationId, version, outboxId, json, changesParticipants: true };
}

/**
 * One statement for all that changes. Who is added has read what was there before. Whoever makes the change and had read all
 * has read its message too; no row is changed twice, for then it would be chance which of both counts.
 */
function buildChange(conversationId: string, actorId: string, decided: MembershipChange): Statement {
  const { title, retentionDays, text, added, addedAs, promoted, removed } = decided;
  const sql = `with bumped as (
    update conversation set last_seq = last_seq + 1, version = version + 1, updated_at = now(), title = ?, retention_days = ?
    where id = ? returning id, last_seq, version
  ), added as (
    insert into participant (conversation_id, user_id, role, last_read_seq)
    select b.id, value, ?, b.last_seq - 1 from bumped b, json_array_elements_text(?)
  ), promoted as (
    update participant p set role = 'OWNER' from bumped b
    where p.conversation_id = b.id and p.user_id in (select value from json_array_elements_text(?))
  ), removed as (
    delete from participant p using bumped b
    where p.conversation_id = b.id and p.user_id in (select value from json_array_elements_text(?))
  ), forgotten as (
    delete from mention n using bumped b
    where n.conversation_id = b.id and n.user_id in (select value from json_array_elements_text(?))
  ), marked as (
    update participant p set last_read_seq = b.last_seq from bumped b
    where p.conversation_id = b.id and p.user_id = ? and p.last_read_seq = b.last_seq - 1 and not ?
  ), sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content)
    select ?, id, last_seq, ?, 'SYSTEM', ? from bumped returning *
  ), queued as (
    insert into outbox (conversation_id, version) select id, version from bumped returning id
  )
  select ${MESSAGE_JSON} as message, bumped.version, queued.id as outbox_id from sent m, bumped, queued`;
  const gone = JSON.stringify(removed);
  const values = [title, retentionDays, conversationId, addedAs, JSON.stringify(added), JSON.stringify(promoted)];
  const isLeaving = removed.includes(actorId);
  return { sql, values: [...values, gone, gone, actorId, isLeaving, randomUUID(), actorId, text] };
}
