import { type Calls, CONVERSATIONS, pathOf, queryOf } from './calls.ts';
import type {
  AdditionRequest,
  Conversation,
  ConversationChange,
  ConversationList,
  ConversationRequest,
  ListRequest,
  Presence,
  ReadState,
} from './conversations.ts';
import type { InConversation } from './operations.ts';

/** The calls about conversations and who takes part in them. */
export type ConversationCalls = {
  /** The caller's conversations, newest activity first. */
  conversations(request?: ListRequest): Promise<ConversationList>;
  conversation(request: InConversation): Promise<Conversation>;
  /** A direct conversation is one per pair, a group one per clientConversationId: asking again makes no second one. */
  createConversation(request: ConversationRequest): Promise<Conversation>;
  changeConversation(request: ConversationChange): Promise<Conversation>;
  addParticipants(request: AdditionRequest): Promise<Conversation>;
  /** Takes somebody out of a group; oneself, to leave it. */
  removeParticipant(request: InConversation & { participantId: string }): Promise<Conversation>;
  /** Moves the read marker; it never goes back. */
  markRead(request: InConversation & { seq: number }): Promise<ReadState>;
  tellTyping(request: InConversation): Promise<void>;
  presence(request: InConversation): Promise<Presence>;
};

/** Makes the calls about conversations. */
export function createConversationCalls({ self, call, who, remember, newId }: Calls): ConversationCalls {
  const take = <Told extends { id: string; version: number }>(told: Told): Told => {
    remember(told.id, told.version);
    return told;
  };
  return {
    async conversations({ userId, limit, cursor } = {}) {
      const path = `${CONVERSATIONS}${queryOf({ userId: who(userId), limit, cursor })}`;
      const page = await call<ConversationList>({ operation: 'listConversations', method: 'GET', path });
      for (const conversation of page.conversations) take(conversation);
      return page;
    },
    async conversation({ conversationId, userId }) {
      const path = `${pathOf(conversationId)}${queryOf({ userId: who(userId) })}`;
      return take(await call<Conversation>({ operation: 'readConversation', method: 'GET', path }));
    },
    async createConversation({ userId, ...request }) {
      const ownId = request.type === 'GROUP' ? { clientConversationId: request.clientConversationId ?? newId() } : {};
      const body = { userId: userId ?? self, ...request, ...ownId };
      const operation = 'createConversation';
      return take(
        await call<Conversation>({ operation, method: 'POST', path: CONVERSATIONS, body, isRepeatable: true }),
      );
    },
    async changeConversation({ conversationId, userId, ...change }) {
      const body = { userId: who(userId), ...change };
      const path = pathOf(conversationId);
      return take(await call<Conversation>({ operation: 'changeConversation', method: 'PATCH', path, body }));
    },
    async addParticipants({ conversationId, userId, ...people }) {
      const body = { userId: who(userId), ...people };
      const path = pathOf(conversationId, 'participants');
      const request = { operation: 'addParticipants', method: 'POST', path, body, isRepeatable: true } as const;
      return take(await call<Conversation>(request));
    },
    async removeParticipant({ conversationId, userId, participantId }) {
      const path = `${pathOf(conversationId, 'participants', participantId)}${queryOf({ userId: who(userId) })}`;
      return take(await call<Conversation>({ operation: 'removeParticipant', method: 'DELETE', path }));
    },
    markRead: ({ conversationId, userId, seq }) => {
      const body = { userId: who(userId), seq };
      return call({ operation: 'markRead', method: 'PUT', path: pathOf(conversationId, 'read'), body });
    },
    tellTyping: ({ conversationId, userId }) => {
      const body = { userId: who(userId) };
      return call({ operation: 'tellTyping', method: 'PUT', path: pathOf(conversationId, 'typing'), body });
    },
    presence: ({ conversationId, userId }) => {
      const path = `${pathOf(conversationId, 'presence')}${queryOf({ userId: who(userId) })}`;
      return call({ operation: 'readPresence', method: 'GET', path });
    },
  };
}
