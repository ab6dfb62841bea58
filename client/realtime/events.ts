import type { ChangeFrame, ErrorFrame, NewsFrame, UnsubscribedFrame } from './frames.ts';

/**
 * What an application is told. Of each conversation it subscribed to, changes come once and in the order of their versions,
 * whatever became of the connection meanwhile.
 *  - live: everything up to `version` was told; from now on changes come as they happen.
 *  - history.stale: messages up to `seq` may have changed or gone without being told; who shows them reads them again. Those
 *    after it are told as usual.
 */
export type ChatEvent =
  | ChangeFrame
  | NewsFrame
  | UnsubscribedFrame
  | ErrorFrame
  | { type: 'live'; conversationId: string; seq: number; version: number }
  | { type: 'history.stale'; conversationId: string; seq: number; version: number };

/** What a connection is doing. `code` and `reason` are those of the WebSocket's close. */
export type ConnectionState =
  | { kind: 'connecting'; attempt: number }
  | { kind: 'open' }
  | { kind: 'waiting'; inMs: number; code: number; attempt: number }
  | { kind: 'closed'; code: number; reason: string };
