import type { JsonText } from './message.ts';

/**
 * What the participants of a conversation are told of a change.
 *  - message: a new message, the SYSTEM ones among them, by which changes of participants and of the title are told too.
 *  - message.changed: a message was edited or deleted, or its reactions changed; it is told whole.
 *  - history.trimmed: messages older than `firstSeq` are gone (retention).
 * `json` is the event as clients get it: an object with `type`, `conversationId`, `version` and what belongs to its type.
 */
export type ChangeKind = 'message' | 'message.changed' | 'history.trimmed';

/**
 * One committed change of a conversation. Every transaction that changes what pages of a conversation tell makes its version
 * grow by exactly one and makes exactly one of these, so whoever sees versions without a gap has missed nothing.
 */
export type Change = {
  readonly conversationId: string;
  readonly version: number;
  /** Its row in the outbox, to be deleted once it was announced; absent where it was deleted already. */
  readonly outboxId?: string;
  /** The event; absent where only the version is known, so that whoever needs more asks Postgres. */
  readonly json?: JsonText;
  /** Whether who takes part changed with it. */
  readonly changesParticipants?: boolean;
};

/** Writes the event of a new or a changed message. */
export function writeMessageEvent(
  type: 'message' | 'message.changed',
  conversationId: string,
  version: number,
  message: JsonText,
): JsonText {
  return `{"type":"${type}","conversationId":${JSON.stringify(conversationId)},"version":${version},"message":${message}}`;
}

/** Writes the event of messages that retention removed. */
export function writeTrimmedEvent(conversationId: string, version: number, firstSeq: number): JsonText {
  return JSON.stringify({ type: 'history.trimmed', conversationId, version, firstSeq });
}

/**
 * News that nothing stores: somebody types, has read, was added. It has no version, is told to whoever is connected and takes
 * part at the moment, and may be lost.
 */
export type News = {
  readonly conversationId: string;
  readonly json: JsonText;
  /** Told to these users instead, whether they follow the conversation or not. */
  readonly toUserIds?: readonly string[];
  /** Not told to this user's own devices. */
  readonly aboutUserId?: string;
};

/** Writes the news of how far a participant has read. */
export function writeReadEvent(conversationId: string, userId: string, seq: number): JsonText {
  return JSON.stringify({ type: 'read', conversationId, userId, seq });
}
