import { describe, expect, test } from '@jest/globals';
import type { Message } from '../messages.ts';
import { ConversationStream, type Outcome } from './conversation-stream.ts';
import type { ChangeFrame, SubscribedFrame } from './frames.ts';

const conversationId = 'c';
const message = (seq: number, content = `m${seq}`): Message => ({
  id: `id-${seq}`,
  conversationId,
  seq,
  userId: 'ben',
  content,
  messageType: 'TEXT',
  createdAt: '2026-01-01T00:00:00.000Z',
});
const sent = (seq: number, version = seq): ChangeFrame => ({
  type: 'message',
  conversationId,
  version,
  message: message(seq),
});
const edited = (seq: number, version: number): ChangeFrame => ({
  type: 'message.changed',
  conversationId,
  version,
  message: message(seq, `v${version}`),
});
const answer = (seq: number, version: number, more: Partial<SubscribedFrame> = {}): SubscribedFrame => ({
  type: 'subscribed',
  conversationId,
  recovered: true,
  seq,
  version,
  firstSeq: 1,
  messages: [],
  changed: [],
  ...more,
});

/** What was told, in short: a seq for a message, seq@version for a changed one, else the type. */
const shorten = ({ events }: Outcome) =>
  events.map((event) => {
    if (event.type === 'message') return event.message.seq;
    return event.type === 'message.changed' ? `${event.message.seq}@${event.version}` : event.type;
  });

/** A stream that is live at seq and version 5. */
function live(): ConversationStream {
  const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
  stream.takeSubscribed(answer(5, 5));
  return stream;
}

describe('a stream that asks', () => {
  test('asks for what comes after its position, and without one for what happens from now on', () => {
    const known = new ConversationStream(conversationId, { seq: 5, version: 9 });
    expect(known.ask()).toEqual({ type: 'subscribe', conversationId, seq: 5, version: 9 });
    expect(new ConversationStream(conversationId, undefined).ask()).toEqual({ type: 'subscribe', conversationId });
  });

  test('is told what it missed, changes and then messages, and goes on from there', () => {
    const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
    const missed = answer(7, 8, { messages: [message(6), message(7)], changed: [message(2)] });
    expect(shorten(stream.takeSubscribed(missed))).toEqual(['2@8', 6, 7, 'live']);
    expect(shorten(stream.takeChange(sent(8, 9)))).toEqual([8]);
  });

  test('without a position tells nothing of the past', () => {
    const stream = new ConversationStream(conversationId, undefined);
    expect(shorten(stream.takeSubscribed(answer(70, 80)))).toEqual(['live']);
    expect(shorten(stream.takeChange(sent(71, 81)))).toEqual([71]);
  });

  test('passes changes over until it is answered: the answer has them', () => {
    const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
    expect(stream.takeChange(sent(6))).toEqual({ events: [], next: 'go-on' });
    expect(shorten(stream.takeSubscribed(answer(6, 6, { messages: [message(6)] })))).toEqual([6, 'live']);
  });
});

describe('a live stream', () => {
  test('tells each change once, however often it comes', () => {
    const stream = live();
    const frames = [sent(6), sent(6), edited(2, 7), edited(2, 7), sent(6), sent(7, 8), edited(7, 9)];
    expect(frames.flatMap((frame) => shorten(stream.takeChange(frame)))).toEqual([6, '2@7', 7, '7@9']);
    expect(stream.position).toEqual({ seq: 7, version: 9 });
  });

  test.each([
    ['a version', sent(6, 7)],
    ['a seq', sent(7, 6)],
  ])('that misses %s asks again from what it has told', (_what, frame) => {
    const stream = live();
    expect(stream.takeChange(frame)).toEqual({ events: [], next: 'ask-again' });
    expect(stream.ask()).toMatchObject({ seq: 5, version: 5 });
    expect(shorten(stream.takeChange(sent(6)))).toEqual([]);
    const missed = answer(7, 7, { messages: [message(6), message(7)] });
    expect(shorten(stream.takeSubscribed(missed))).toEqual([6, 7, 'live']);
  });

  test('takes what the service caught up with by itself, and nothing twice', () => {
    const stream = live();
    stream.takeChange(sent(6));
    expect(shorten(stream.takeSubscribed(answer(7, 7, { messages: [message(6), message(7)] })))).toEqual([7, 'live']);
    expect(shorten(stream.takeSubscribed(answer(7, 7, { messages: [message(7)] })))).toEqual([]);
  });

  test('goes on after messages that retention removed', () => {
    const stream = live();
    const trimmed: ChangeFrame = { type: 'history.trimmed', conversationId, version: 6, firstSeq: 4 };
    expect([trimmed, sent(6, 7)].flatMap((frame) => shorten(stream.takeChange(frame)))).toEqual(['history.trimmed', 6]);
  });
});

describe('a gap that the service does not fill', () => {
  const gap = (seq: number, version: number) => answer(seq, version, { recovered: false });

  test('is read from history, page by page, and then asked for again', () => {
    const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
    const outcome = stream.takeSubscribed(gap(9, 12));
    expect(outcome).toMatchObject({ events: [{ type: 'history.stale', seq: 5, version: 12 }], next: 'read-history' });
    expect(stream.takeChange(sent(10, 13))).toEqual({ events: [], next: 'go-on' });
    const first = stream.takePage([message(7), message(6)], 12, false);
    expect([shorten(first), first.next, stream.position]).toEqual([[6, 7], 'read-history', { seq: 7, version: 5 }]);
    const last = stream.takePage([message(10), message(9), message(8)], 13, true);
    expect([shorten(last), last.next]).toEqual([[8, 9, 10], 'ask-again']);
    // from the version of the first page: message 6 may have changed after that page was read
    expect(stream.ask()).toMatchObject({ seq: 10, version: 12 });
    expect(shorten(stream.takeSubscribed(answer(10, 13, { changed: [message(6)] })))).toEqual(['6@13', 'live']);
  });

  test('is asked for from where the reading was left when the connection was lost', () => {
    const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
    stream.takeSubscribed(gap(9, 12));
    stream.takePage([message(7), message(6)], 12, false);
    expect(stream.ask()).toMatchObject({ seq: 7, version: 5 });
    expect(stream.takePage([message(9), message(8)], 12, true)).toEqual({ events: [], next: 'go-on' });
    const rest = answer(9, 12, { messages: [message(8), message(9)], changed: [message(6)] });
    expect(shorten(stream.takeSubscribed(rest))).toEqual(['6@12', 8, 9, 'live']);
  });

  test.each([
    ['longer than 1,000 messages', gap(1_006, 2_000)],
    ['to a database that was put back in time', gap(3, 3)],
    ['of changes alone', gap(5, 900)],
  ])('%s is left to whoever shows the messages', (_what, frame) => {
    const stream = new ConversationStream(conversationId, { seq: 5, version: 5 });
    const outcome = stream.takeSubscribed(frame);
    expect(outcome.events).toMatchObject([
      { type: 'history.stale', seq: frame.seq, version: frame.version },
      { type: 'live' },
    ]);
    expect(shorten(stream.takeChange(sent(frame.seq + 1, frame.version + 1)))).toEqual([frame.seq + 1]);
  });
});
