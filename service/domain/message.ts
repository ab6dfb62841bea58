/** Types of messages. REPLY answers another message; SYSTEM tells what happened to the conversation itself. */
export const MESSAGE_TYPES = ['TEXT', 'REPLY', 'SYSTEM'] as const;

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
  /** Which message of the same conversation a REPLY answers. */
  readonly replyToId?: string | undefined;
};

/** JSON, ready to be told. */
export type JsonText = string;

/**
 * A message as its participants are told it; Postgres writes this as JSON (`data/message-json.ts`). `seq` counts the messages
 * of its conversation from 1 without gaps. Times are ISO 8601 in UTC with milliseconds. What does not apply is absent.
 */
export type MessageView = {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly userId: string;
  /** Empty once the message was deleted. */
  readonly content: string;
  readonly messageType: MessageType;
  readonly createdAt: string;
  readonly replyToId?: string;
  readonly editedAt?: string;
  readonly deletedAt?: string;
  /** Who gave which emoji, in the order they came. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
};
