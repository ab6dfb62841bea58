/** Types of messages that may be sent. */
export const MESSAGE_TYPES = ['TEXT'] as const;

/** Type of a message. */
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Longest content of a message, in characters (UTF-16 units, as clients count them). */
export const LONGEST_CONTENT = 10_000;

/** What somebody wants to say. With a client message id it is stored once, however often it is sent. */
export type NewMessage = {
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly content: string;
  readonly messageType: MessageType;
  readonly clientMessageId?: string | undefined;
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

/**
 * A stored message and a version of its conversation that has it: of its own transaction, or a later one where the message
 * was sent before and is not new.
 */
export type SentMessage = { readonly message: MessageView; readonly version: number; readonly isNew: boolean };

/** Whether a message says what one stored under the same client message id says. */
export function isRepeat(message: NewMessage, stored: MessageView): boolean {
  return message.content === stored.content && message.messageType === stored.messageType;
}
