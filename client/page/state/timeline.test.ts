import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../messages.ts';
import { Timeline } from './timeline.ts';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `id-${seq}`,
  conversationId: 'c',
  seq,
  userId: 'ben',
  content: `m${seq}`,
  messageType: 'TEXT',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const page = (version: number, ...seqs: number[]) => ({ messages: seqs.map((seq) => message(seq)), version });
const seqsOf = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);
const contentsOf = (timeline: Timeline) => timeline.messages.map(({ content }) => content);
const sending = { clientMessageId: 'mine', content: 'hello', createdAt: '2026-01-01T00:00:00.000Z' };

/** Shows 4, 5 and 6 as of version 6. */
function shown(hasNewer = false): Timeline {
  const timeline = new Timeline();
  timeline.show(page(6, 6, 5, 4), true, hasNewer);
  return timeline;
}

describe('a timeline', () => {
  test('grows at both ends, without doubles, and knows where it ends', () => {
    const timeline = shown(true);
    timeline.extend(page(6, 4, 3, 2), 'older', false);
    timeline.extend(page(9, 8, 7, 6), 'newer', true);
    expect([seqsOf(timeline), timeline.hasOlder, timeline.hasNewer]).toEqual([[2, 3, 4, 5, 6, 7, 8], false, true]);
  });

  test('takes new messages at its end once, and none behind a gap', () => {
    const timeline = shown();
    for (const seq of [7, 7, 6]) timeline.take(message(seq), seq);
    expect(seqsOf(timeline)).toEqual([4, 5, 6, 7]);
    const early = shown(true);
    early.take(message(100), 100);
    expect(seqsOf(early)).toEqual([4, 5, 6]);
  });

  test('keeps the newest version of a message, whatever comes last', () => {
    const timeline = shown();
    timeline.take(message(5, { content: 'second edit' }), 8);
    timeline.take(message(5, { content: 'first edit' }), 7);
    timeline.show(page(6, 6, 5, 4), true, false);
    expect(contentsOf(timeline)).toEqual(['m4', 'second edit', 'm6']);
    timeline.show(page(9, 6, 5, 4), true, false);
    expect(contentsOf(timeline)).toEqual(['m4', 'm5', 'm6']);
  });

  test('keeps what came while a page was read', () => {
    const timeline = shown();
    timeline.take(message(7), 7);
    timeline.show(page(6, 6, 5, 4), true, false);
    expect(seqsOf(timeline)).toEqual([4, 5, 6, 7]);
    timeline.show(page(3, 3, 2), false, true); // another place: what was shown is no neighbour
    expect(seqsOf(timeline)).toEqual([2, 3]);
  });

  test('lets go of what retention removed', () => {
    const timeline = shown();
    timeline.trim(5);
    expect([seqsOf(timeline), timeline.hasOlder]).toEqual([[5, 6], false]);
  });
});

describe('a message that is being sent', () => {
  test('is pending until it is acknowledged', () => {
    const timeline = shown();
    timeline.begin(sending);
    expect(timeline.pending).toMatchObject([{ content: 'hello', status: 'sending' }]);
    timeline.settle('mine', message(7, { content: 'hello' }), 7);
    expect([timeline.pending, contentsOf(timeline).at(-1)]).toEqual([[], 'hello']);
  });

  test('is shown once when its event overtakes its answer', () => {
    const timeline = shown();
    timeline.begin(sending);
    const stored = message(7, { content: 'hello', userId: 'ann' });
    timeline.adopt(stored);
    timeline.take(stored, 7);
    expect([timeline.pending, contentsOf(timeline).at(-1)]).toEqual([[], 'hello']);
    timeline.settle('mine', stored, 7);
    expect(seqsOf(timeline)).toEqual([4, 5, 6, 7]);
  });

  test('is found again when the event was that of another one of the same content', () => {
    const timeline = shown();
    timeline.begin(sending);
    timeline.begin({ ...sending, clientMessageId: 'mine too' });
    timeline.adopt(message(7, { content: 'hello' }));
    expect(timeline.pending).toHaveLength(1);
    timeline.fail('mine', 'away');
    expect(timeline.pending.map(({ status }) => status)).toEqual(['failed', 'sending']);
  });

  test('that failed is tried again in its place at the end, or discarded', () => {
    const timeline = shown();
    timeline.begin(sending);
    timeline.fail('mine', 'The service cannot be reached.');
    expect(timeline.pending).toMatchObject([{ status: 'failed', reason: 'The service cannot be reached.' }]);
    timeline.begin(sending);
    expect(timeline.pending).toEqual([{ ...sending, status: 'sending' }]);
    timeline.discard('mine');
    expect(timeline.pending).toEqual([]);
  });
});
