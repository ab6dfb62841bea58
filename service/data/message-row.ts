import type { MessageType, MessageView } from '../domain/message.ts';

/** A message as SQL and `json_agg` tell it. */
export type MessageRow = {
  readonly id: string;
  readonly seq: number | string;
  readonly user_id: string;
  readonly content: string;
  readonly message_type: MessageType;
  readonly created_at: string | Date;
};

/** The columns of a MessageRow. */
export const MESSAGE_COLUMNS = 'id, seq, user_id, content, message_type, created_at';

/** A row of a conversation as its participants are told it. */
export function presentMessage(conversationId: string, row: MessageRow): MessageView {
  return {
    id: row.id,
    conversationId,
    seq: Number(row.seq),
    userId: row.user_id,
    content: row.content,
    messageType: row.message_type,
    createdAt: new Date(row.created_at).toISOString(),
  };
}
