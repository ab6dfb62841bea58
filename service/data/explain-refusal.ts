import type { MikroORM } from '@mikro-orm/postgresql';
import { type ChatError, ConversationNotFound, MessageNotFound, NotOwner, NotParticipant } from '../domain/errors.ts';
import { runStatement } from './statement.ts';

/** What somebody wanted to do: in which conversation, whether as its owner, and to which message. */
export type Refused = {
  readonly conversationId: string;
  readonly userId: string;
  readonly needsOwner?: boolean;
  readonly messageId?: string | undefined;
};

type Standing = { role: string | null; has_message: boolean };

/**
 * Finds out why a statement that checks and writes at once wrote nothing: no such conversation, no part in it, no owner of it,
 * no such message. Where nothing of it is so (any more), the message is to blame, or else the membership.
 */
export async function explainRefusal(orm: MikroORM, refused: Refused): Promise<ChatError> {
  const { conversationId, userId, needsOwner = false, messageId } = refused;
  const [standing] = await runStatement<Standing>(orm, {
    sql: `select p.role, exists (select from message where id = ? and conversation_id = c.id) as has_message
      from conversation c left join participant p on p.conversation_id = c.id and p.user_id = ? where c.id = ?`,
    values: [messageId ?? '', userId, conversationId],
    isRepeatable: true,
  });
  if (!standing) return new ConversationNotFound(conversationId);
  if (standing.role === null) return new NotParticipant(conversationId, userId);
  if (needsOwner && standing.role !== 'OWNER') return new NotOwner(conversationId, userId);
  if (messageId !== undefined) return new MessageNotFound(conversationId, messageId);
  return new NotParticipant(conversationId, userId);
}
