import type { Connection } from './connection.ts';

/** How far somebody is: every message up to `seq`, and everything that had happened at `version`. */
export type Position = { readonly seq: number; readonly version: number };

/**
 * That a connection follows a conversation.
 *
 *   joining ──gap read and told──▶ live ──▶ ended (unsubscribed, removed from the conversation, connection gone)
 *      └──────────────────────────────────────▲
 *
 * Its position is what its own catch-up told, or that of the conversation's feed, whichever is newer: so an event for all is
 * compared with it, and nothing is written to it.
 */
export class Subscription {
  readonly connection: Connection;
  readonly userId: string;
  state: 'joining' | 'live' | 'ended' = 'joining';
  position: Position = { seq: 0, version: 0 };
  /** The newest seq that the user wants to be marked as read and is not yet. */
  wantedRead = 0;
  isMarking = false;

  constructor(connection: Connection, userId: string) {
    this.connection = connection;
    this.userId = userId;
  }
}
