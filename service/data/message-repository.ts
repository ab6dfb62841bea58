import type { MikroORM } from '@mikro-orm/postgresql';
import { ClientMessageIdReused, ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import type { KeysetAddress } from '../domain/keyset-page.ts';
import { isRepeat, type NewMessage, type SentMessage } from '../domain/message.ts';
import { Conversation } from './entities/conversation.ts';
import { buildInsert, isOvertaken, type SentRow, type Statement } from './insert-message.ts';
import { type KeysetPage, readKeysetPage } from './keyset-page.ts';
import { MESSAGE_COLUMNS, type MessageRow, presentMessage } from './message-row.ts';
import { guardStorage } from './storage-faults.ts';

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
        select ${MESSAGE_COLUMNS} from message
        where conversation_id = c.id and seq <= c.last_seq - ? order by seq desc limit ?
      ) page
    ), '[]') as messages
  from conversation c where c.id = ?`;

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

  /** Reads the page at a place of a conversation. Throws ConversationNotFound or NotParticipant. */
  readPageAt(address: KeysetAddress, userId: string): Promise<KeysetPage> {
    return readKeysetPage(this.#orm, address, userId);
  }

  /**
   * Stores a message as the newest of its conversation, or answers the one that its sender stored under the same client
   * message id. Throws ConversationNotFound, NotParticipant, or ClientMessageIdReused where that one says something else.
   */
  async append(message: NewMessage): Promise<SentMessage> {
    const { conversationId, userId } = message;
    const insert = buildInsert(message);
    const rows = await this.#insert(insert).catch((error: unknown) => {
      if (isOvertaken(error)) return this.#insert(insert); // the other one is committed: this time it is found
      throw error;
    });
    const row = rows[0];
    if (!row) throw await this.#explainRefusal(conversationId, userId);
    const stored = presentMessage(conversationId, row);
    if (!row.is_new && !isRepeat(message, stored)) throw new ClientMessageIdReused(message.clientMessageId ?? '');
    return { message: stored, version: Number(row.version), isNew: row.is_new };
  }

  #insert({ sql, values }: Statement): Promise<SentRow[]> {
    return guardStorage(() => this.#orm.em.getConnection().execute<SentRow[]>(sql, [...values]));
  }

  async #explainRefusal(conversationId: string, userId: string): Promise<Error> {
    const conversation = await guardStorage(() => this.#orm.em.fork().findOne(Conversation, conversationId));
    return conversation ? new NotParticipant(conversationId, userId) : new ConversationNotFound(conversationId);
  }
}
