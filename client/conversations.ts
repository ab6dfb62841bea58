import type { BodyOf, InConversation, QueryOf, Schemas } from './operations.ts';

/** What a new conversation is made of; users come into being with their first conversation. */
export type ConversationRequest = BodyOf<'createConversation'>;

/** A conversation with everybody who takes part, in the order in which they joined. */
export type Conversation = Schemas['Conversation'];

/** A conversation in the list of somebody: what is new in it for them. `participantIds` names those who joined first. */
export type ConversationEntry = Schemas['ConversationEntry'];

/** A page of conversations, newest activity first; `nextCursor` asks for the page after it, null at the end. */
export type ConversationList = Schemas['ConversationList'];

/** Which page of the list. */
export type ListRequest = QueryOf<'listConversations'>;

/** What owners may change of a group; what is absent stays. */
export type ConversationChange = InConversation & BodyOf<'changeConversation'>;

/** Who shall take part from now on. */
export type AdditionRequest = InConversation & BodyOf<'addParticipants'>;

/** How far somebody has read. */
export type ReadState = Schemas['ReadState'];

/** Who of a conversation is connected. */
export type Presence = Schemas['Presence'];
