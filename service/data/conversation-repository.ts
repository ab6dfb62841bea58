import type { MikroORM } from '@mikro-orm/postgresql';
import type { NewConversation, Role } from '../domain/conversation.ts';
import { addMembers, changeSettings, removeMember, type Settings } from '../domain/membership.ts';
import type { JsonText } from '../domain/message.ts';
import { type ChangedConversation, changeMembership } from './change-membership.ts';
import { createConversation, type MadeConversation } from './create-conversation.ts';
import { type ListAddress, type ListPage, listConversations, readConversation } from './read-conversations.ts';
import { moveReadMarker, type ReadState } from './read-marker.ts';

/** Reads and writes conversations. Its methods throw StorageUnavailable when Postgres is away. */
export class ConversationRepository {
  readonly #orm: MikroORM;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Makes a conversation, or answers the one of the same pair or id. Throws ClientConversationIdReused or NotParticipant. */
  create(id: string, makerId: string, wanted: NewConversation): Promise<MadeConversation> {
    return createConversation(this.#orm, id, makerId, wanted);
  }

  /** A page of a user's conversations, newest activity first. */
  list(address: ListAddress): Promise<ListPage> {
    return listConversations(this.#orm, address);
  }

  /** The conversation as its participants are told it. Throws ConversationNotFound or NotParticipant. */
  read(conversationId: string, userId: string): Promise<JsonText> {
    return readConversation(this.#orm, conversationId, userId);
  }

  /** Sets title and retention. Throws ConversationNotFound and what `changeSettings` throws. */
  change(conversationId: string, actorId: string, settings: Settings): Promise<ChangedConversation> {
    return changeMembership(this.#orm, conversationId, actorId, (membership) =>
      changeSettings(membership, actorId, settings),
    );
  }

  /** Adds people. Throws ConversationNotFound and what `addMembers` throws. */
  add(conversationId: string, actorId: string, ids: readonly string[], role: Role): Promise<ChangedConversation> {
    return changeMembership(this.#orm, conversationId, actorId, (membership) =>
      addMembers(membership, actorId, ids, role),
    );
  }

  /** Removes somebody, or leaves. Throws ConversationNotFound and what `removeMember` throws. */
  remove(conversationId: string, actorId: string, id: string): Promise<ChangedConversation> {
    return changeMembership(this.#orm, conversationId, actorId, (membership) => removeMember(membership, actorId, id));
  }

  /** Moves a participant's marker forward. Throws ConversationNotFound or NotParticipant. */
  markRead(conversationId: string, userId: string, seq: number): Promise<ReadState> {
    return moveReadMarker(this.#orm, conversationId, userId, seq);
  }
}
