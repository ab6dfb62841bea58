import { describeFound, type Fault } from './faults.ts';

/** A rule of the chat was broken or something it stands on is away. Knows no HTTP: `http/problem.ts` maps each kind once. */
export abstract class ChatError extends Error {
  abstract readonly kind:
    | 'conversation-not-found'
    | 'message-not-found'
    | 'not-a-participant'
    | 'not-an-owner'
    | 'not-the-sender'
    | 'direct-conversation-is-fixed'
    | 'conversation-is-full'
    | 'message-is-deleted'
    | 'system-message-is-fixed'
    | 'client-conversation-id-reused'
    | 'search-too-broad'
    | 'too-many-reactions'
    | 'invalid-request'
    | 'client-message-id-reused'
    | 'unauthenticated'
    | 'identity-mismatch'
    | 'identity-unavailable'
    | 'rate-limited'
    | 'storage-unavailable';
}

/** No conversation has this id. */
export class ConversationNotFound extends ChatError {
  override readonly kind = 'conversation-not-found';
  readonly conversationId: string;

  constructor(conversationId: string) {
    super(`No conversation has the id ${JSON.stringify(conversationId)}.`);
    this.conversationId = conversationId;
  }
}

/** The conversation exists, and the user takes no part in it. */
export class NotParticipant extends ChatError {
  override readonly kind = 'not-a-participant';

  constructor(conversationId: string, userId: string) {
    super(`User ${JSON.stringify(userId)} takes no part in conversation ${JSON.stringify(conversationId)}.`);
  }
}

/** The conversation holds no message of this id (any more). */
export class MessageNotFound extends ChatError {
  override readonly kind = 'message-not-found';

  constructor(conversationId: string, messageId: string) {
    super(`Conversation ${JSON.stringify(conversationId)} holds no message of the id ${JSON.stringify(messageId)}.`);
  }
}

/** The user takes part, and only an owner of the conversation may do this. */
export class NotOwner extends ChatError {
  override readonly kind = 'not-an-owner';

  constructor(conversationId: string, userId: string) {
    super(`User ${JSON.stringify(userId)} is no owner of conversation ${JSON.stringify(conversationId)}.`);
  }
}

/** The user takes part, and only the sender of the message may do this. */
export class NotSender extends ChatError {
  override readonly kind = 'not-the-sender';

  constructor(messageId: string, userId: string) {
    super(`User ${JSON.stringify(userId)} did not send message ${JSON.stringify(messageId)}.`);
  }
}

/** A direct conversation stays what it is: two people, no title. */
export class DirectConversationFixed extends ChatError {
  override readonly kind = 'direct-conversation-is-fixed';

  constructor(what: string) {
    super(`A DIRECT_MESSAGE keeps its two participants and has no title: ${what} needs a GROUP.`);
  }
}

/** The conversation has as many participants as a conversation may have. */
export class ConversationFull extends ChatError {
  override readonly kind = 'conversation-is-full';

  constructor(most: number) {
    super(`Expected at most ${most} participants; with those that were to be added there would be more.`);
  }
}

/** A deleted message keeps its place and takes no further changes. */
export class MessageDeleted extends ChatError {
  override readonly kind = 'message-is-deleted';

  constructor(messageId: string) {
    super(`Message ${JSON.stringify(messageId)} was deleted and takes no further changes.`);
  }
}

/** A SYSTEM message tells what happened, and keeps telling it. */
export class SystemMessageFixed extends ChatError {
  override readonly kind = 'system-message-is-fixed';

  constructor(messageId: string) {
    super(`Message ${JSON.stringify(messageId)} is a SYSTEM message, which cannot be edited.`);
  }
}

/** The message has as many different reactions as a message may have. */
export class TooManyReactions extends ChatError {
  override readonly kind = 'too-many-reactions';

  constructor(most: number) {
    super(`Expected at most ${most} different reactions to a message, and this would be one more.`);
  }
}

/** What was asked for breaks a rule of the domain; `faults` names every field with what was expected and found. */
export class InvalidRequest extends ChatError {
  override readonly kind = 'invalid-request';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ field, expected, found }) => `${field}: expected ${expected}, found ${found}`).join('; '));
    this.faults = faults;
  }
}

/** The sender has stored another message of this conversation under the same client message id. */
export class ClientMessageIdReused extends ChatError {
  override readonly kind = 'client-message-id-reused';
  readonly faults: readonly Fault[];

  constructor(clientMessageId: string) {
    super('The client message id belongs to a message with another content or type. Send this one under a new id.');
    this.faults = [
      {
        field: 'clientMessageId',
        expected: 'an id of no other message, or the same content and messageType',
        found: describeFound(clientMessageId),
      },
    ];
  }
}

/** The maker has made another group under the same client conversation id. */
export class ClientConversationIdReused extends ChatError {
  override readonly kind = 'client-conversation-id-reused';
  readonly faults: readonly Fault[];

  constructor(clientConversationId: string) {
    super('The client conversation id belongs to a group with other participants or another title. Use a new id.');
    this.faults = [
      {
        field: 'clientConversationId',
        expected: 'an id of no other group, or the same participantIds and title',
        found: describeFound(clientConversationId),
      },
    ];
  }
}

/** What was searched for is in so many messages that it takes too long to find the newest. */
export class SearchTooBroad extends ChatError {
  override readonly kind = 'search-too-broad';
  readonly faults: readonly Fault[];

  constructor(milliseconds: number) {
    super('The search takes too long. Search for rarer words, or in one conversation.');
    this.faults = [
      { field: 'q', expected: `words that are found within ${milliseconds} ms`, found: 'too frequent ones' },
    ];
  }
}

/**
 * Postgres cannot be reached, does not answer in time, or takes no writes for now: then `detail` says why. Whether a write took place
 * is unknown to the caller otherwise.
 */
export class StorageUnavailable extends ChatError {
  override readonly kind = 'storage-unavailable';

  constructor(cause: unknown, detail = 'The database cannot be reached or does not answer in time.') {
    super(detail, { cause });
  }
}

/** What is wrong with the proof of who asks, in the words of RFC 6750. Undefined: there was none. */
export type TokenFault = 'invalid_request' | 'invalid_token' | undefined;

/** Nobody can be believed to ask: there is no token, or one that proves nothing here. */
export class Unauthenticated extends ChatError {
  override readonly kind = 'unauthenticated';
  readonly tokenFault: TokenFault;

  constructor(detail: string, tokenFault?: TokenFault, cause?: unknown) {
    super(detail, { cause });
    this.tokenFault = tokenFault;
  }
}

/** The request names another user than its token does. */
export class IdentityMismatch extends ChatError {
  override readonly kind = 'identity-mismatch';
  readonly faults: readonly Fault[];

  constructor(claimed: string) {
    super('The userId of the request is not the user of its token. Leave the userId out, or name the same user.');
    this.faults = [{ field: 'userId', expected: 'the user of the token, or nothing', found: describeFound(claimed) }];
  }
}

/** Whether a token holds cannot be found out now: the keys to check it with are away. Says nothing against the token. */
export class IdentityUnavailable extends ChatError {
  override readonly kind = 'identity-unavailable';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, cause: unknown) {
    super('The keys that tokens are checked with cannot be fetched.', { cause });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The user has used up a budget (its class is one of `limits/budgets.ts`), which is refilled in so many seconds. */
export class RateLimited extends ChatError {
  override readonly kind = 'rate-limited';
  readonly limit: string;
  readonly retryAfterSeconds: number;

  constructor(limit: string, retryAfterSeconds: number) {
    super(`The user has used up the budget "${limit}". Try again in ${retryAfterSeconds} s.`);
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
