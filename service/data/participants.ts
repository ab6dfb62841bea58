import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import { runStatement } from './statement.ts';

/** Who takes part in a conversation, for one of them, by id. Throws ConversationNotFound, NotParticipant or StorageUnavailable. */
export async function readParticipantIds(orm: MikroORM, conversationId: string, userId: string): Promise<string[]> {
  const [row] = await runStatement<{ ids: string[] }>(orm, {
    sql: `select array(select user_id from participant where conversation_id = c.id order by user_id) as ids
      from conversation c where c.id = ?`,
    values: [conversationId],
    isRepeatable: true,
  });
  if (!row) throw new ConversationNotFound(conversationId);
  if (!row.ids.includes(userId)) throw new NotParticipant(conversationId, userId);
  return row.ids;
}
