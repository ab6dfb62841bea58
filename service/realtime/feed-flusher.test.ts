import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { ConversationFeed } from './conversation-feed.ts';
import { FeedFlusher } from './feed-flusher.ts';

/** A feed whose writing takes so many milliseconds. */
function playFeed(takes: number) {
  const flushed: { at: number; isGathered: boolean }[] = [];
  const flush = (isGathered: boolean) => {
    flushed.push({ at: performance.now(), isGathered });
    for (const end = performance.now() + takes; performance.now() < end; );
  };
  return { flushed, feed: { flush } as unknown as ConversationFeed };
}

async function awaitFlush(flushed: readonly unknown[], count: number): Promise<void> {
  while (flushed.length < count) await turn();
}

test('what is told is written at the end of the turn, together with what other feeds tell in it', async () => {
  const flusher = new FeedFlusher();
  const [one, other] = [playFeed(0), playFeed(0)];
  flusher.add(one.feed);
  flusher.add(other.feed);
  expect(one.flushed).toEqual([]);
  await awaitFlush(other.flushed, 1);
  flusher.add(one.feed);
  await awaitFlush(one.flushed, 2);
  expect(one.flushed.map(({ isGathered }) => isGathered)).toEqual([true, false]);
});

test('a long round is followed by a rest of twice its length, and of 50 ms at most', async () => {
  const flusher = new FeedFlusher();
  const { feed, flushed } = playFeed(10);
  flusher.add(feed);
  await awaitFlush(flushed, 1);
  flusher.add(feed);
  await awaitFlush(flushed, 2);
  const [first, second] = flushed.map(({ at }) => at) as [number, number];
  expect(second - first).toBeGreaterThanOrEqual(28);

  const slow = playFeed(100);
  flusher.add(slow.feed);
  await awaitFlush(slow.flushed, 1);
  const ended = performance.now();
  flusher.add(feed);
  await awaitFlush(flushed, 3);
  expect((flushed[2]?.at ?? 0) - ended).toBeGreaterThan(40);
  expect((flushed[2]?.at ?? 0) - ended).toBeLessThan(1_000);
});
