import type { Message } from '../messages.ts';

/** What this client tells the service over the socket. */
export type ClientFrame =
  | { type: 'authenticate'; token: string }
  | { type: 'subscribe'; conversationId: string; seq?: number; version?: number }
  | { type: 'unsubscribe'; conversationId: string }
  | { type: 'typing'; conversationId: string }
  | { type: 'read'; conversationId: string; seq: number };

/** The answer to `subscribe`; also comes unasked when the service had to catch up: then it holds what was missed. */
export type SubscribedFrame = {
  type: 'subscribed';
  conversationId: string;
  recovered: boolean;
  seq: number;
  version: number;
  /** That of the oldest message there is; 0 where there is none. */
  firstSeq: number;
  /** New ones, oldest first. */
  messages: Message[];
  /** Older ones that changed. */
  changed: Message[];
};

/** One change of a conversation. Versions grow by exactly one from change to change. */
export type ChangeFrame =
  | { type: 'message'; conversationId: string; version: number; message: Message }
  | { type: 'message.changed'; conversationId: string; version: number; message: Message }
  | { type: 'history.trimmed'; conversationId: string; version: number; firstSeq: number };

/** News that nothing stores: they have no version, and one that is lost is lost. */
export type NewsFrame =
  | { type: 'typing'; conversationId: string; userId: string; expiresInMs: number }
  | { type: 'read'; conversationId: string; userId: string; seq: number }
  | { type: 'presence'; userId: string; status: 'online' | 'offline' }
  | { type: 'conversation.added'; conversationId: string };

/** A refusal that does not end the connection; `refused`: the type of the frame that was refused. */
export type ErrorFrame = { type: 'error'; code: string; detail: string; conversationId?: string; refused?: string };

/** The end of a subscription. */
export type UnsubscribedFrame = { type: 'unsubscribed'; conversationId: string; reason: string };

/** What the service tells over the socket. */
export type ServerFrame =
  | { type: 'welcome'; userId: string; pingSeconds: number }
  | { type: 'reconnect'; inMs: number }
  | SubscribedFrame
  | UnsubscribedFrame
  | ChangeFrame
  | NewsFrame
  | ErrorFrame;

/** Whether a frame is a change of a conversation. */
export function isChange(frame: ServerFrame): frame is ChangeFrame {
  return frame.type === 'message' || frame.type === 'message.changed' || frame.type === 'history.trimmed';
}

/** Reads a frame; undefined for what is none. A type that is not known is passed on: a newer service may have more of them. */
export function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    const hasType = typeof frame === 'object' && frame !== null && 'type' in frame && typeof frame.type === 'string';
    return hasType ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
