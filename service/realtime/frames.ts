import { z } from 'zod';
import { id } from '../http/fields.ts';
import { messageView } from '../http/messages/schema.ts';

// The protocol of GET /api/v1/chat/ws: every frame is JSON text, an object with a `type`. docs/reference/realtime.md tells it in
// words. A client must ignore types and fields that it does not know; the service refuses those that it does not know.

/** Largest frame that a client may send, in bytes. */
export const LARGEST_FRAME = 16 * 1_024;

/** Most messages that a catch-up tells; whoever missed more reads the history again. */
export const MOST_MISSED = 300;

/** Most conversations that one connection may be subscribed to. */
export const MOST_SUBSCRIPTIONS = 128;

/** Where a socket's protocol is named, for browsers, which can send a token in no other way: `bearer.<token>` beside it. */
export const SUBPROTOCOL = 'chatstack.v1';

const position = z.int().min(0);

/** Frames of clients. */
const CLIENT_FRAMES = {
  /** Says who this is, or goes on under a new token. */
  authenticate: z.strictObject({ type: z.literal('authenticate'), token: z.string().min(1) }),
  /** From the seq and the version that the client has seen on; without them from now on. A version needs a seq. */
  subscribe: z
    .strictObject({
      type: z.literal('subscribe'),
      conversationId: id,
      seq: position.optional(),
      version: position.optional(),
    })
    .refine(({ seq, version }) => version === undefined || seq !== undefined),
  unsubscribe: z.strictObject({ type: z.literal('unsubscribe'), conversationId: id }),
  typing: z.strictObject({ type: z.literal('typing'), conversationId: id }),
  read: z.strictObject({ type: z.literal('read'), conversationId: id, seq: position }),
};

/** Any frame of a client. */
const clientFrame = z.discriminatedUnion('type', [
  CLIENT_FRAMES.authenticate,
  CLIENT_FRAMES.subscribe,
  CLIENT_FRAMES.unsubscribe,
  CLIENT_FRAMES.typing,
  CLIENT_FRAMES.read,
]);

/** A frame of a client, checked. */
export type ClientFrame = z.output<typeof clientFrame>;

/** What went wrong without ending the connection. */
const FRAME_ERRORS = [
  'not-a-participant',
  'conversation-not-found',
  'too-many-subscriptions',
  'storage-unavailable',
] as const;

/** Kind of such an error. */
export type FrameError = (typeof FRAME_ERRORS)[number];

const REFUSABLE = ['subscribe', 'typing', 'read'] as const;

/** A type of frame that may be refused. Said with each refusal: answers to one may overtake those to another. */
export type Refusable = (typeof REFUSABLE)[number];

const conversationId = z.string();
const version = z.int().min(0);

/** Frames of the service. */
const SERVER_FRAMES = {
  /** The first frame, once it is known who this is. */
  welcome: z.object({ type: z.literal('welcome'), userId: z.string(), pingSeconds: z.int() }),
  /**
   * Everything up to `version` is told with it: messages newer than the client's seq, oldest first, and older ones that changed
   * since its version. Sent again, unasked, where the service itself had to catch up. `recovered: false` tells nothing but
   * that something was missed: read the history again. `firstSeq` is that of the oldest message there is (0: none).
   */
  subscribed: z.object({
    type: z.literal('subscribed'),
    conversationId,
    recovered: z.boolean(),
    seq: z.int().min(0),
    version,
    firstSeq: z.int().min(0),
    messages: z.array(messageView),
    changed: z.array(messageView),
  }),
  unsubscribed: z.object({
    type: z.literal('unsubscribed'),
    conversationId,
    reason: z.enum(['asked', 'not-a-participant']),
  }),
  /** The message of the next seq. */
  message: z.object({ type: z.literal('message'), conversationId, version, message: messageView }),
  /** A message was edited or deleted, or its reactions changed. */
  'message.changed': z.object({ type: z.literal('message.changed'), conversationId, version, message: messageView }),
  /** Messages older than `firstSeq` are gone. */
  'history.trimmed': z.object({ type: z.literal('history.trimmed'), conversationId, version, firstSeq: z.int() }),
  typing: z.object({ type: z.literal('typing'), conversationId, userId: z.string(), expiresInMs: z.int() }),
  read: z.object({ type: z.literal('read'), conversationId, userId: z.string(), seq: z.int() }),
  presence: z.object({ type: z.literal('presence'), userId: z.string(), status: z.enum(['online', 'offline']) }),
  /** The user takes part in a conversation from now on. */
  'conversation.added': z.object({ type: z.literal('conversation.added'), conversationId }),
  /** The service will close this connection; connect again in so many milliseconds. */
  reconnect: z.object({ type: z.literal('reconnect'), inMs: z.int().min(0) }),
  error: z.object({
    type: z.literal('error'),
    code: z.enum(FRAME_ERRORS),
    detail: z.string(),
    conversationId: conversationId.optional(),
    refused: z.enum(REFUSABLE),
  }),
};

/** Any frame of the service. */
export const serverFrame = z.discriminatedUnion('type', [
  SERVER_FRAMES.welcome,
  SERVER_FRAMES.subscribed,
  SERVER_FRAMES.unsubscribed,
  SERVER_FRAMES.message,
  SERVER_FRAMES['message.changed'],
  SERVER_FRAMES['history.trimmed'],
  SERVER_FRAMES.typing,
  SERVER_FRAMES.read,
  SERVER_FRAMES.presence,
  SERVER_FRAMES['conversation.added'],
  SERVER_FRAMES.reconnect,
  SERVER_FRAMES.error,
]);

/** A frame of the service. */
export type ServerFrame = z.output<typeof serverFrame>;

/** Reads a frame of a client; undefined when it is not one of the protocol. Never throws. */
export function readClientFrame(text: string): ClientFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return clientFrame.safeParse(value).data;
}
