import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import type { MessageType, MessageView, NewMessage, SentMessage } from '../domain/message.ts';
import { Conversation } from './entities/conversation.ts';
import { guardStorage } from './storage-faults.ts';

type MessageRow = {
  id: string;
  seq: number;
  user_id: string;
  content: string;
  message_type: MessageType;
  created_at: string | Date;
};
type PageRow = { version: string; last_seq: string; participant_ids: string[]; messages: MessageRow[] };

/**
 * One statement, so version, participants and messages are of one snapshot. Because seq has no gaps, skipping the newest
 * `offset` messages is arithmetic on last_seq: the index (conversation_id, seq) is entered right at the page, and a page
 * costs the same however deep it lies.
 */
const SELECT_PAGE = `
  select c.version, c.last_seq,
    array(select user_id from participant where conversation_id = c.id order by user_id) as participant_ids,
    coalesce((
      select json_agg(page order by page.seq desc) from (
        select id, seq, user_id, content, message_type, created_at from message
        where conversation_id = c.id and seq <= c.last_seq - ? order by seq desc limit ?
      ) page
    ), '[]') as messages
  from conversation c where c.id = ?`;

/**
 * One statement is one transaction of its own: the row of the conversation is locked while Postgres works, never across a
 * trip over the network. The lock orders concurrent sends, so seq has no gaps (a failed insert takes its update along) and
 * commit order is seq order.
 */
const INSERT_MESSAGE = `
  with bumped as (
    update conversation set last_seq = last_seq + 1, version = version + 1, updated_at = now()
    where id = ? and exists (select from participant where conversation_id = ? and user_id = ?)
    returning id, last_seq, version
  ), sent as (
    insert into message (id, conversation_id, seq, user_id, message_type, content)
    select ?, id, last_seq, ?, ?, ? from bumped
    returning id, seq, user_id, content, message_type, created_at
  )
  select sent.*, bumped.version from sent, bumped`;

/** Reads and writes messages. Its methods throw StorageUnavailable when Postgres is away. */
export class MessageRepository {
  readonly #orm: MikroORM;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Reads one page as one snapshot; membership is the caller's to check. Throws ConversationNotFound. */
  async readPage(address: PageAddress): Promise<HistoryPage> {
    const { conversationId, limit, offset } = address;
    const rows = await guardStorage(() =>
      this.#orm.em.getConnection().execute<PageRow[]>(SELECT_PAGE, [offset, limit, conversationId]),
    );
    const row = rows[0];
    if (!row) throw new ConversationNotFound(conversationId);
    return {
      version: Number(row.version),
      participantIds: row.participant_ids,
      messages: row.messages.map((message) => presentMessage(conversationId, message)),
      hasMore: offset + row.messages.length < Number(row.last_seq),
    };
  }

  /** Stores a message as the newest of its conversation. Throws ConversationNotFound or NotParticipant. */
  async append(message: NewMessage): Promise<SentMessage> {
    const { id, conversationId, userId, messageType, content } = message;
    const values = [conversationId, conversationId, userId, id, userId, messageType, content];
    const rows = await guardStorage(() =>
      this.#orm.em.getConnection().execute<(MessageRow & { version: string })[]>(INSERT_MESSAGE, values),
    );
    const row = rows[0];
    if (!row) throw await this.#explainRefusal(conversationId, userId);
    return { message: presentMessage(conversationId, row), version: Number(row.version) };
  }

  async #explainRefusal(conversationId: string, userId: string): Promise<Error> {
    const conversation = await guardStorage(() => this.#orm.em.fork().findOne(Conversation, conversationId));
    return conversation ? new NotParticipant(conversationId, userId) : new ConversationNotFound(conversationId);
  }
}

function presentMessage(conversationId: string, row: MessageRow): MessageView {
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
