import type { MikroORM } from '@mikro-orm/postgresql';
import { type Change, writeMessageEvent } from '../domain/change.ts';
import { ClientMessageIdReused } from '../domain/errors.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import type { KeysetAddress } from '../domain/keyset-page.ts';
import type { JsonText, NewMessage } from '../domain/message.ts';
import type { MessageDecision } from '../domain/message-change.ts';
import { type ChangedMessage, changeMessage, type MessageAddress } from './change-message.ts';
import { explainRefusal } from './explain-refusal.ts';
import { type KeysetPage, readKeysetPage } from './keyset-page.ts';
import { MESSAGE_JSON } from './message-json.ts';
import { createMessageStore } from './message-store.ts';
import { readOffsetPage } from './offset-page.ts';
import type { ListPage } from './read-conversations.ts';
import { searchMessages } from './search-messages.ts';
import type { Search } from './search-statements.ts';
import { SendQueue } from './send-queue.ts';
import { runStatement } from './statement.ts';

/**
 * A stored message and a version of its conversation that has it: of its own transaction, or a later one where the message
 * was sent before and is not new; then there is no change to announce but that version.
 */
export type SentMessage = { readonly message: JsonText; readonly isNew: boolean; readonly change: Change };

/** Reads and writes messages. Its methods throw StorageUnavailable when Postgres is away. */
export class MessageRepository {
  readonly #orm: MikroORM;
  readonly #sends: SendQueue;

  constructor(orm: MikroORM) {
    this.#orm = orm;
    this.#sends = new SendQueue({ store: createMessageStore(orm) });
  }

  /** Reads one page as one snapshot; membership is the caller's to check. Throws ConversationNotFound. */
  readPage(address: PageAddress): Promise<HistoryPage> {
    return readOffsetPage(this.#orm, address);
  }

  /** Reads the page at a place of a conversation. Throws ConversationNotFound or NotParticipant. */
  readPageAt(address: KeysetAddress, userId: string): Promise<KeysetPage> {
    return readKeysetPage(this.#orm, address, userId);
  }

  /**
   * Stores a message as the newest of its conversation, or answers the one that its sender stored under the same client
   * message id. Throws ConversationNotFound, NotParticipant, NotOwner (SYSTEM), MessageNotFound (what a REPLY answers), or
   * ClientMessageIdReused where that one says something else.
   */
  async append(message: NewMessage): Promise<SentMessage> {
    const { conversationId } = message;
    const row = await this.#sends.add(message);
    if (!row) throw await this.#explainRefusal(message);
    if (!row.is_same) throw new ClientMessageIdReused(message.clientMessageId ?? '');
    const version = Number(row.version);
    const change = {
      conversationId,
      version,
      ...(row.outbox_id === null ? {} : { outboxId: row.outbox_id }),
      ...(row.is_new ? { json: writeMessageEvent('message', conversationId, version, row.message) } : {}),
    };
    return { message: row.message, isNew: row.is_new, change };
  }

  /** Reads one message. Throws ConversationNotFound, NotParticipant or MessageNotFound. */
  async read({ conversationId, messageId, userId }: MessageAddress): Promise<JsonText> {
    const [row] = await runStatement<{ message: JsonText }>(this.#orm, {
      sql: `select ${MESSAGE_JSON} as message from message m
        where m.id = ? and m.conversation_id = ?
          and exists (select from participant where conversation_id = m.conversation_id and user_id = ?)`,
      values: [messageId, conversationId, userId],
      isRepeatable: true,
    });
    if (!row) throw await explainRefusal(this.#orm, { conversationId, userId, messageId });
    return row.message;
  }

  /**
   * Changes a message as `decide` says once the conversation is locked. Throws ConversationNotFound, NotParticipant,
   * MessageNotFound and what `decide` throws.
   */
  change(address: MessageAddress, decide: MessageDecision): Promise<ChangedMessage> {
    return changeMessage(this.#orm, address, decide);
  }

  /** Searches a user's conversations. Throws ConversationNotFound, NotParticipant (where one was named) or SearchTooBroad. */
  search(search: Search): Promise<ListPage> {
    return searchMessages(this.#orm, search);
  }

  #explainRefusal({ conversationId, userId, messageType, replyToId }: NewMessage): Promise<Error> {
    return explainRefusal(this.#orm, {
      conversationId,
      userId,
      needsOwner: messageType === 'SYSTEM',
      messageId: replyToId,
    });
  }
}
