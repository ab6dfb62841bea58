/** Types of messages: REPLY answers another one, SYSTEM tells what happened to the conversation itself. */
export type MessageType = 'TEXT' | 'REPLY' | 'SYSTEM';

/** One message as the service presents it. `seq` orders the messages of a conversation, without gaps or repeats. */
export type Message = {
  id: string;
  conversationId: string;
  seq: number;
  userId: string;
  /** Empty once the message was deleted. */
  content: string;
  messageType: MessageType;
  createdAt: string;
  replyToId?: string;
  editedAt?: string;
  deletedAt?: string;
  /** Who gave which emoji, in the order they came. */
  reactions?: Record<string, string[]>;
};

/**
 * One page of history, newest message first. `version` counts the changes of the conversation; `fromCache` says whether
 * Redis answered; `hasMore` whether there are older messages than these.
 */
export type HistoryPage = {
  messages: Message[];
  hasMore: boolean;
  fromCache: boolean;
  version: number;
};

/** What is asked for by one history request. `minVersion` overrides the version that the client remembers. */
export type HistoryRequest = {
  conversationId: string;
  userId?: string;
  limit?: number;
  offset?: number;
  minVersion?: number;
};

/** One page at a place of a conversation, newest message first, read from Postgres. */
export type KeysetPage = {
  messages: Message[];
  /** Whether there are older messages than these. */
  hasOlder: boolean;
  /** Whether there are newer messages than these. */
  hasNewer: boolean;
  fromCache: boolean;
  version: number;
};

/** Messages older than a seq (the nearest ones), newer than a seq (the nearest ones), or a page with a seq in its middle. */
export type KeysetRequest = {
  conversationId: string;
  userId?: string;
  limit?: number;
  minVersion?: number;
} & ({ before: number } | { after: number } | { around: number });

/**
 * What is sent. `messageType` is `REPLY` with a `replyToId`, else `TEXT` unless told. The service stores one message for each
 * `clientMessageId`; the client makes one unless told, so that a send can be tried again. Who sends the same message in a later
 * call passes the same one.
 */
export type SendRequest = {
  conversationId: string;
  userId?: string;
  content: string;
  messageType?: MessageType;
  replyToId?: string;
  clientMessageId?: string;
};

/** Which message a call is about. */
export type MessageRequest = { conversationId: string; messageId: string; userId?: string };

/** What a message shall say from now on. */
export type EditRequest = MessageRequest & { content: string };

/** A reaction to a message. */
export type ReactionRequest = MessageRequest & { emoji: string };

/** The message as it was stored, and the version of its conversation with it. */
export type StoredMessage = { message: Message; version: number };

/** What is looked for; `before` is the `next` of the page before. */
export type SearchRequest = {
  text: string;
  userId?: string;
  conversationId?: string;
  limit?: number;
  before?: string;
};

/** Messages that were found, newest first; `next` asks for the page after it, null at the end. */
export type SearchPage = { messages: Message[]; next: string | null };

/** The state of the service as its health route tells it. */
export type Health = { status: string; [detail: string]: unknown };

/** Counters of the cache since the answering process started; `hitRatio` lies between 0 and 1. */
export type CacheMetrics = {
  hits: number;
  misses: number;
  sets: number;
  invalidations: number;
  evictions: number | null;
  hitRatio: number;
  [counter: string]: number | null;
};

/** The state of the cache; `healthy` is false while Redis is away. */
export type CacheHealth = { healthy: boolean; metrics: CacheMetrics; [detail: string]: unknown };
