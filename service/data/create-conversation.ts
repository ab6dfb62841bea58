import { createHash } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { describeCreation, findCreationKey, type NewConversation } from '../domain/conversation.ts';
import { ClientConversationIdReused, NotParticipant } from '../domain/errors.ts';
import type { JsonText } from '../domain/message.ts';
import { CONVERSATION_JSON } from './conversation-json.ts';
import type { Statement } from './statement.ts';
import { type Run, runTransaction } from './transaction.ts';

/** A conversation that was made now, or before under the same key. */
export type MadeConversation = { readonly conversation: JsonText; readonly id: string; readonly isNew: boolean };

type StoredRow = { id: string; conversation: JsonText; is_same: boolean; takes_part: boolean };

/**
 * Makes a conversation with its participants, and the users who are new, in one transaction; or finds the one that was made
 * under the same key. Two at once wait for each other at the unique index of keys, and the later one finds the first.
 * Throws ClientConversationIdReused, or NotParticipant where the maker has left the group that it made.
 */
export function createConversation(
  orm: MikroORM,
  id: string,
  makerId: string,
  wanted: NewConversation,
): Promise<MadeConversation> {
  const key = findCreationKey(makerId, wanted) ?? null;
  const digest = createHash('sha256').update(describeCreation(wanted)).digest('hex');
  return runTransaction(orm, async (run) => {
    await run(buildUserInsert(wanted.participantIds));
    const made = await run<{ id: string }>({
      sql: `insert into conversation (id, type, title, creation_key, creation_digest)
        values (?, ?, ?, ?, decode(?, 'hex')) on conflict (creation_key) do nothing returning id`,
      values: [id, wanted.type, wanted.title ?? null, key, digest],
    });
    const isNew = made.length > 0;
    if (isNew) await run(buildParticipantInsert(id, makerId, wanted));
    const stored = await findStored(run, isNew ? ['id', id] : ['creation_key', String(key)], makerId, digest);
    if (wanted.type === 'GROUP' && !isNew) requireRepeat(stored, makerId, wanted);
    return { conversation: stored.conversation, id: stored.id, isNew };
  });
}

function requireRepeat(stored: StoredRow, makerId: string, { clientConversationId = '' }: NewConversation): void {
  if (!stored.is_same) throw new ClientConversationIdReused(clientConversationId);
  if (!stored.takes_part) throw new NotParticipant(stored.id, makerId);
}

/** Makes the users that are not there yet. In order, so that two transactions cannot wait for each other in a circle. */
export function buildUserInsert(ids: readonly string[]): Statement {
  return {
    sql: 'insert into chat_user (id) select value from json_array_elements_text(?) order by value on conflict do nothing',
    values: [JSON.stringify(ids)],
  };
}

/** Its maker owns a group; both own what is direct. */
function buildParticipantInsert(id: string, makerId: string, { type, participantIds }: NewConversation): Statement {
  return {
    sql: `insert into participant (conversation_id, user_id, role)
      select ?, value, case when ? or value = ? then 'OWNER' else 'MEMBER' end from json_array_elements_text(?)`,
    values: [id, type === 'DIRECT_MESSAGE', makerId, JSON.stringify(participantIds)],
  };
}

async function findStored(
  run: Run,
  [column, value]: readonly ['id' | 'creation_key', string],
  makerId: string,
  digest: string,
): Promise<StoredRow> {
  const rows = await run<StoredRow>({
    sql: `select c.id, ${CONVERSATION_JSON}::text as conversation,
        coalesce(encode(c.creation_digest, 'hex') = ?, false) as is_same,
        exists (select from participant where conversation_id = c.id and user_id = ?) as takes_part
      from conversation c where c.${column} = ?`,
    values: [digest, makerId, value],
  });
  return rows[0] as StoredRow;
}
