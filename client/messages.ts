/** One message as the service presents it. `seq` orders the messages of a conversation, without gaps or repeats. */
export type Message = {
  id: string;
  conversationId: string;
  seq: number;
  userId: string;
  content: string;
  messageType: string;
  createdAt: string;
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

/** What is sent. `messageType` is `TEXT` unless told. */
export type SendRequest = {
  conversationId: string;
  userId?: string;
  content: string;
  messageType?: string;
};

/** The message as it was stored, and the version of its conversation with it. */
export type SentMessage = { message: Message; version: number };

/** What a new conversation is made of; users come into being with their first conversation. */
export type ConversationRequest = {
  type: 'DIRECT_MESSAGE' | 'GROUP';
  participantIds: string[];
  title?: string;
};

/** A conversation as the service presents it. */
export type Conversation = {
  id: string;
  type: 'DIRECT_MESSAGE' | 'GROUP';
  participantIds: string[];
  title: string | null;
  version: number;
  createdAt: string;
};

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
