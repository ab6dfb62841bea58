import type { BodyOf, InConversation, QueryOf, Schemas } from './operations.ts';

/** One message as the service presents it. `seq` orders the messages of a conversation, without gaps or repeats. */
export type Message = Schemas['Message'];

type Page = Pick<Schemas['HistoryPage'], 'messages' | 'version' | 'fromCache'>;

/**
 * One page of history, newest message first. `version` counts the changes of the conversation; `fromCache` says whether
 * a cache answered; `hasMore` whether there are older messages than these.
 */
export type HistoryPage = Page & { hasMore: boolean };

/** One page at a place of a conversation, newest message first, read from Postgres. */
export type KeysetPage = Page & {
  /** Whether there are older messages than these. */
  hasOlder: boolean;
  /** Whether there are newer messages than these. */
  hasNewer: boolean;
};

type Places = 'before' | 'after' | 'around';

/** What is asked for by one history request. `minVersion` overrides the version that the client remembers. */
export type HistoryRequest = InConversation & Omit<QueryOf<'readHistory'>, Places>;

/** Messages older than a seq (the nearest ones), newer than a seq (the nearest ones), or a page with a seq in its middle. */
export type KeysetRequest = InConversation &
  Omit<QueryOf<'readHistory'>, Places | 'offset'> &
  ({ before: number } | { after: number } | { around: number });

/**
 * What is sent. `messageType` is `REPLY` with a `replyToId`, else `TEXT` unless told. The service stores one message for each
 * `clientMessageId`; the client makes one unless told, so that a send can be tried again. Who sends the same message in a later
 * call passes the same one.
 */
export type SendRequest = InConversation & BodyOf<'sendMessage'>;

/** Which message a call is about. */
export type MessageRequest = InConversation & { messageId: string };

/** What a message shall say from now on. */
export type EditRequest = MessageRequest & BodyOf<'editMessage'>;

/** A reaction to a message. */
export type ReactionRequest = MessageRequest & { emoji: string };

/** The message as it is stored, and the version of its conversation with it. */
export type StoredMessage = Schemas['StoredMessage'];

/** What is looked for, in all conversations of the caller or in one; `cursor` is the `nextCursor` of the page before. */
export type SearchRequest = QueryOf<'search'>;

/** Messages that were found, newest first, each with an excerpt in parts. */
export type SearchResults = Schemas['SearchResults'];

/** The state of the service as its health route tells it. */
export type Health = Schemas['Health'];

/** The state of the cache; `healthy` is false while Redis is away. */
export type CacheHealth = Schemas['CacheHealth'] & { detail?: string };
