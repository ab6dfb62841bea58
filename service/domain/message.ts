/** Types of messages that may be sent. */
export const MESSAGE_TYPES = ['TEXT'] as const;

/** Type of a message. */
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Longest content of a message, in characters (UTF-16 units, as clients count them). */
export const LONGEST_CONTENT = 10_000;

/** What somebody wants to say. */
export type NewMessage = {
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly content: string;
  readonly messageType: MessageType;
};

/** A message as it is told to the participants. `seq` counts the messages of its conversation from 1 without gaps. */
export type MessageView = {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly userId: string;
  readonly content: string;
  readonly messageType: MessageType;
  /** ISO 8601 in UTC with milliseconds. */
  readonly createdAt: string;
};

/** A stored message and the version of its conversation from its transaction on. */
export type SentMessage = { readonly message: MessageView; readonly version: number };
