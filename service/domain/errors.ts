import { describeFound, type Fault } from './faults.ts';

/** A rule of the chat was broken or something it stands on is away. Knows no HTTP: `http/problems.ts` maps each kind once. */
export abstract class ChatError extends Error {
  abstract readonly kind:
    | 'conversation-not-found'
    | 'not-a-participant'
    | 'invalid-request'
    | 'client-message-id-reused'
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

/** Postgres cannot be reached or does not answer in time. Whether a write took place is unknown to the caller. */
export class StorageUnavailable extends ChatError {
  override readonly kind = 'storage-unavailable';

  constructor(cause: unknown) {
    super('The database cannot be reached or does not answer in time.', { cause });
  }
}
