import type { Message } from './messages.ts';

/** Two people, or a group. */
export type ConversationType = 'DIRECT_MESSAGE' | 'GROUP';

/** What a participant may do: owners also change participants, title and retention. */
export type Role = 'OWNER' | 'MEMBER';

/** What a new conversation is made of; users come into being with their first conversation. */
export type ConversationRequest = {
  userId?: string;
  type: ConversationType;
  participantIds: string[];
  title?: string;
  /** A GROUP that is asked for again under the same id is made once; the client makes an id unless told. */
  clientConversationId?: string;
};

/** A conversation as the service presents it. */
export type Conversation = {
  id: string;
  type: ConversationType;
  participantIds: string[];
  title: string | null;
  version: number;
  createdAt: string;
};

/** A conversation in the list of somebody: what is new in it for them. */
export type ListedConversation = Conversation & {
  lastSeq: number;
  lastReadSeq: number;
  unreadCount: number;
  unreadMentions: number;
  role: Role;
  lastMessage: Message | null;
};

/** A page of conversations, newest activity first; `next` asks for the page after it, null at the end. */
export type ConversationPage = { conversations: ListedConversation[]; next: string | null };

/** Somebody who takes part. */
export type Participant = { userId: string; role: Role; lastReadSeq: number; joinedAt: string };

/** A conversation with everybody who takes part. */
export type ConversationDetails = ListedConversation & { participants: Participant[]; retentionDays: number | null };

/** What owners may change of a group; what is absent stays. */
export type ConversationChange = {
  conversationId: string;
  userId?: string;
  title?: string;
  retentionDays?: number | null;
};

/** The read state of somebody in a conversation. */
export type ReadState = { lastReadSeq: number; unreadCount: number };

/** Who of a conversation is connected. */
export type Presence = { users: { userId: string; status: 'online' | 'offline' }[] };
