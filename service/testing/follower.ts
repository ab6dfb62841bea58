import { expect } from '@jest/globals';
import type { ServerFrame } from '../realtime/frames.ts';

type Subscribed = Extract<ServerFrame, { type: 'subscribed' }>;
type Event = Extract<ServerFrame, { type: 'message' | 'message.changed' | 'history.trimmed' }>;

/** What somebody knows of a conversation who applied the frames of a socket to what was known before. */
export type Followed = {
  readonly seq: number;
  readonly version: number;
  /** Contents by seq, of the messages that were told. */
  readonly contents: ReadonlyMap<number, string>;
  /** How many gaps were told instead of filled. */
  readonly unrecovered: number;
};

/**
 * Applies the frames of one conversation as a client does, and expects what the protocol promises: each message once and in
 * order, versions without a gap, no event to whoever does not follow. `start` is what the client knew before.
 */
export function follow(
  frames: readonly ServerFrame[],
  conversationId: string,
  start = { seq: 0, version: 0 },
): Followed {
  const state = { ...start, contents: new Map<number, string>(), unrecovered: 0, isFollowing: false };
  for (const frame of frames) {
    if (!('conversationId' in frame) || frame.conversationId !== conversationId) continue;
    if (frame.type === 'subscribed') catchUp(state, frame);
    else if (frame.type === 'unsubscribed') state.isFollowing = false;
    else if (frame.type === 'message' || frame.type === 'message.changed' || frame.type === 'history.trimmed') {
      take(state, frame);
    }
  }
  return state;
}

type State = { seq: number; version: number; contents: Map<number, string>; unrecovered: number; isFollowing: boolean };

function catchUp(state: State, frame: Subscribed): void {
  state.isFollowing = true;
  if (frame.recovered) {
    for (const message of frame.messages) {
      state.seq += 1;
      expect(message.seq).toBe(state.seq);
    }
    for (const message of frame.changed) expect(message.seq).toBeLessThanOrEqual(state.seq - frame.messages.length);
    for (const message of [...frame.messages, ...frame.changed]) state.contents.set(message.seq, message.content);
    expect(frame.version).toBeGreaterThanOrEqual(state.version);
  } else {
    state.unrecovered += 1;
  }
  state.seq = frame.seq;
  state.version = frame.version;
}

function take(state: State, frame: Event): void {
  expect(state.isFollowing).toBe(true);
  state.version += 1;
  expect(frame.version).toBe(state.version);
  if (frame.type === 'history.trimmed') return;
  if (frame.type === 'message') {
    state.seq += 1;
    expect(frame.message.seq).toBe(state.seq);
  }
  state.contents.set(frame.message.seq, frame.message.content);
}
