import type { Fault } from './faults.ts';

/** Kinds of conversations: exactly two people, or a group. */
export const CONVERSATION_TYPES = ['DIRECT_MESSAGE', 'GROUP'] as const;

/** Kind of a conversation. */
export type ConversationType = (typeof CONVERSATION_TYPES)[number];

/** What a participant may do: owners also change participants, title and retention. */
export const ROLES = ['OWNER', 'MEMBER'] as const;

/** Role of a participant. */
export type Role = (typeof ROLES)[number];

/** Most people in one conversation. */
export const MOST_PARTICIPANTS = 250;

/** Longest title of a group, in UTF-16 units. */
export const LONGEST_TITLE = 200;

/** What a conversation is made of. */
export type NewConversation = {
  readonly type: ConversationType;
  readonly participantIds: readonly string[];
  readonly title?: string | undefined;
  /** An id of the maker's own: a GROUP that is asked for again under it is made once. */
  readonly clientConversationId?: string | undefined;
};

/** A conversation as it is told to its participants. */
export type ConversationSummary = {
  readonly id: string;
  readonly type: ConversationType;
  readonly title: string | null;
  readonly participantIds: readonly string[];
  readonly version: number;
  readonly createdAt: string;
};

/** The rules of a new conversation that no single field can tell: nobody twice, two in a direct one, titles for groups only. */
export function findConversationFaults(conversation: NewConversation): Fault[] {
  const { type, participantIds, title } = conversation;
  const faults: Fault[] = [];
  const distinct = new Set(participantIds).size;
  if (distinct !== participantIds.length) {
    faults.push({
      field: 'participantIds',
      expected: 'every participant once',
      found: `${participantIds.length - distinct} repeated`,
    });
  }
  if (type === 'DIRECT_MESSAGE' && participantIds.length !== 2) {
    faults.push({
      field: 'participantIds',
      expected: 'exactly 2 participants in a DIRECT_MESSAGE',
      found: `${participantIds.length}`,
    });
  }
  if (type === 'DIRECT_MESSAGE' && title !== undefined) {
    faults.push({ field: 'title', expected: 'no title in a DIRECT_MESSAGE', found: 'a title' });
  }
  return faults;
}
