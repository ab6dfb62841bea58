import { type Calls, pathOf, queryOf, unexpected } from './calls.ts';
import type {
  EditRequest,
  HistoryPage,
  HistoryRequest,
  KeysetPage,
  KeysetRequest,
  Message,
  MessageRequest,
  ReactionRequest,
  SearchRequest,
  SearchResults,
  SendRequest,
  StoredMessage,
} from './messages.ts';

/** The calls about messages. */
export type MessageCalls = {
  history(request: HistoryRequest): Promise<HistoryPage>;
  /** Reads before, after or around a seq: the cost is the same at any depth, and messages that arrive meanwhile move nothing. */
  historyAt(request: KeysetRequest): Promise<KeysetPage>;
  /** Sends under a clientMessageId, and so tries again where the outcome is unknown: the message is stored at most once. */
  send(request: SendRequest): Promise<StoredMessage>;
  message(request: MessageRequest): Promise<Message>;
  edit(request: EditRequest): Promise<StoredMessage>;
  /** Empties a message; its place stays. */
  remove(request: MessageRequest): Promise<StoredMessage>;
  react(request: ReactionRequest): Promise<StoredMessage>;
  /** Takes a reaction back. */
  unreact(request: ReactionRequest): Promise<StoredMessage>;
  /** Searches the caller's conversations, or one of them. */
  search(request: SearchRequest): Promise<SearchResults>;
};

/** Makes the calls about messages. */
export function createMessageCalls({ call, who, leastVersion, remember, newId }: Calls): MessageCalls {
  const takeStored = (conversationId: string, stored: StoredMessage): StoredMessage => {
    if (typeof stored?.message?.id !== 'string' || !Number.isFinite(stored.version))
      throw unexpected('the stored message', stored);
    remember(conversationId, stored.version);
    return stored;
  };
  const reactWith = (operation: string, method: 'PUT' | 'DELETE') => async (request: ReactionRequest) => {
    const { conversationId, messageId, emoji, userId } = request;
    const path = `${pathOf(conversationId, 'messages', messageId, 'reactions', emoji)}${queryOf({ userId: who(userId) })}`;
    return takeStored(conversationId, await call({ operation, method, path }));
  };

  return {
    async history({ conversationId, userId, limit, offset, minVersion = leastVersion(conversationId) }) {
      const query = queryOf({ userId: who(userId), limit, offset, minVersion });
      const path = `${pathOf(conversationId, 'messages')}${query}`;
      const page = await call<HistoryPage>({ operation: 'readHistory', method: 'GET', path });
      if (!Array.isArray(page?.messages) || !Number.isFinite(page.version))
        throw unexpected('a page of messages', page);
      remember(conversationId, page.version);
      return page;
    },
    async historyAt({ conversationId, userId, minVersion = leastVersion(conversationId), ...place }) {
      const query = queryOf({ userId: who(userId), ...place, minVersion });
      const path = `${pathOf(conversationId, 'messages')}${query}`;
      const page = await call<KeysetPage>({ operation: 'readHistory', method: 'GET', path });
      if (!Array.isArray(page?.messages) || typeof page.hasOlder !== 'boolean')
        throw unexpected('a page of messages at a seq', page);
      remember(conversationId, page.version);
      return page;
    },
    async send({ conversationId, userId, replyToId, clientMessageId = newId(), ...more }) {
      const { content, messageType = replyToId === undefined ? 'TEXT' : 'REPLY' } = more;
      const reply = replyToId === undefined ? {} : { replyToId };
      const body = { userId: who(userId), content, messageType, clientMessageId, ...reply };
      const path = pathOf(conversationId, 'messages');
      const stored = await call<StoredMessage>({
        operation: 'sendMessage',
        method: 'POST',
        path,
        body,
        isRepeatable: true,
      });
      return takeStored(conversationId, stored);
    },
    message({ conversationId, messageId, userId }) {
      const path = `${pathOf(conversationId, 'messages', messageId)}${queryOf({ userId: who(userId) })}`;
      return call<Message>({ operation: 'readMessage', method: 'GET', path });
    },
    async edit({ conversationId, messageId, userId, content }) {
      const path = pathOf(conversationId, 'messages', messageId);
      const body = { userId: who(userId), content };
      return takeStored(conversationId, await call({ operation: 'editMessage', method: 'PATCH', path, body }));
    },
    async remove({ conversationId, messageId, userId }) {
      const path = `${pathOf(conversationId, 'messages', messageId)}${queryOf({ userId: who(userId) })}`;
      return takeStored(conversationId, await call({ operation: 'deleteMessage', method: 'DELETE', path }));
    },
    react: reactWith('giveReaction', 'PUT'),
    unreact: reactWith('takeReaction', 'DELETE'),
    search: ({ userId, ...request }) => {
      const path = `/api/v1/chat/search${queryOf({ userId: who(userId), ...request })}`;
      return call({ operation: 'search', method: 'GET', path });
    },
  };
}
