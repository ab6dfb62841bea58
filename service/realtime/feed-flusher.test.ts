import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import type { ConversationFeed } from './conversation-feed.ts';
import { FeedFlusher } from './feed-flusher.ts';

let now: number;
let rests: { readonly milliseconds: number; readonly end: () => void }[];
let flusher: FeedFlusher;
beforeEach(() => {
  now = 1_000;
  rests = [];
  const schedule = (milliseconds: number, end: () => void) => {
    rests.push({ milliseconds, end });
    return () => undefined;
  };
  flusher = new FeedFlusher({ now: () => now, schedule });
});

/** A feed whose writing takes so many milliseconds. */
function playFeed(takes: number) {
  const flushed: { isGathered: boolean }[] = [];
  const flush = (isGathered: boolean) => {
    flushed.push({ isGathered });
    now += takes;
  };
  return { flushed, feed: { flush } as unknown as ConversationFeed };
}

test('what is told is written at the end of the turn, together with what other feeds tell in it', async () => {
  const [one, other] = [playFeed(0), playFeed(0)];
  flusher.add(one.feed);
  flusher.add(other.feed);
  expect(one.flushed).toEqual([]);
  await turn();
  expect(other.flushed).toHaveLength(1);
  flusher.add(one.feed);
  await turn();
  expect(one.flushed.map(({ isGathered }) => isGathered)).toEqual([true, false]);
});

test.each([
  [0.5, undefined],
  [10, 20],
  [25, 50],
  [100, 50],
])('a round of %s ms is followed by a rest of %s ms, in which what is told gathers', async (takes, rest) => {
  const { feed, flushed } = playFeed(takes);
  flusher.add(feed);
  await turn();
  flusher.add(feed);
  flusher.add(playFeed(0).feed);
  await turn();
  expect(rests.map(({ milliseconds }) => milliseconds)).toEqual(rest === undefined ? [] : [rest]);
  expect(flushed).toHaveLength(rest === undefined ? 2 : 1);
  rests[0]?.end();
  expect(flushed.map(({ isGathered }) => isGathered)).toEqual([false, true]);
});

test('a rest that is over delays nothing', async () => {
  const { feed, flushed } = playFeed(10);
  flusher.add(feed);
  await turn();
  now += 20;
  flusher.add(feed);
  await turn();
  expect([flushed.length, rests.length]).toEqual([2, 0]);
});
