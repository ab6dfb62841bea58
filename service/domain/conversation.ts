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

/** Days that messages may be kept, at most. */
export const LONGEST_RETENTION = 3_650;

/** Most conversations of one page of a user's list. */
export const MOST_LISTED = 100;

/** How many participants an entry of a list names; GET of the conversation tells all. */
export const MOST_NAMED_IN_LIST = 10;

/**
 * What makes a conversation the same as one that was made before: its two people, or the id that its maker gave it. Undefined
 * for a group without such an id. Ids of a pair are in the order of their bytes, which Postgres (collation "C") has too.
 */
export function findCreationKey(makerId: string, wanted: NewConversation): string | undefined {
  if (wanted.type === 'DIRECT_MESSAGE') return `dm:${JSON.stringify([...wanted.participantIds].sort(compareBytes))}`;
  const { clientConversationId } = wanted;
  return clientConversationId === undefined ? undefined : `group:${JSON.stringify([makerId, clientConversationId])}`;
}

/** What a conversation is made of as one text, for comparing: the order of its participants does not matter. */
export function describeCreation({ type, participantIds, title }: NewConversation): string {
  return JSON.stringify([type, title ?? null, [...participantIds].sort(compareBytes)]);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The rules of a new conversation that no single field can tell: nobody twice, two in a direct one, its maker
 * among them, titles and ids of the maker's own for groups only.
 */
export function findConversationFaults(makerId: string, conversation: NewConversation): Fault[] {
  const { type, participantIds, title, clientConversationId } = conversation;
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
  if (!participantIds.includes(makerId)) {
    faults.push({ field: 'participantIds', expected: `${JSON.stringify(makerId)} among them`, found: 'only others' });
  }
  if (type === 'DIRECT_MESSAGE' && clientConversationId !== undefined) {
    const expected = 'no such field in a DIRECT_MESSAGE, which its two participants identify';
    faults.push({ field: 'clientConversationId', expected, found: 'an id' });
  }
  if (type === 'DIRECT_MESSAGE' && title !== undefined) {
    faults.push({ field: 'title', expected: 'no title in a DIRECT_MESSAGE', found: 'a title' });
  }
  return faults;
}
