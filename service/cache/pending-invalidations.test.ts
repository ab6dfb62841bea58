import { afterEach, describe, expect, test } from '@jest/globals';
import { PendingInvalidations } from './pending-invalidations.ts';

let pending: PendingInvalidations | undefined;
afterEach(() => pending?.close());

function setUp(mostPending?: number) {
  const state = { isAway: true, now: 0, raised: [] as [string, number][] };
  const created = new PendingInvalidations({
    raise: async (conversationId, version) => {
      if (state.isAway) throw new Error('away');
      state.raised.push([conversationId, version]);
    },
    longestTtl: 60_000,
    now: () => state.now,
    ...(mostPending === undefined ? {} : { mostPending }),
  });
  pending = created;
  return { state, pending: created };
}

describe('pending invalidations', () => {
  test('keep their conversation out of the cache until they are through, and no other one', async () => {
    const { state, pending } = setUp();
    pending.add('a', 5);
    await pending.flush();
    expect([pending.isUsable('a'), pending.isUsable('b')]).toEqual([false, true]);
    state.isAway = false;
    await pending.flush();
    expect(pending.isUsable('a')).toBe(true);
    expect(state.raised).toEqual([['a', 5]]);
  });

  test('are retried by themselves', async () => {
    const { state, pending } = setUp();
    pending.add('a', 5);
    state.isAway = false;
    await new Promise<void>((resolve) => {
      state.raised.push = (...entries) => {
        resolve();
        return entries.length;
      };
    });
    await pending.flush();
    expect(pending.size).toBe(0);
  });

  test('remember the newest version of a conversation, also one that comes during a retry', async () => {
    const { state, pending } = setUp();
    pending.add('a', 7);
    pending.add('a', 6);
    state.isAway = false;
    const flushed = pending.flush();
    pending.add('a', 8);
    await flushed;
    expect(state.raised).toEqual([['a', 7]]);
    expect(pending.isUsable('a')).toBe(false);
    await pending.flush();
    expect(state.raised.at(-1)).toEqual(['a', 8]);
    expect(pending.isUsable('a')).toBe(true);
  });

  test('that do not fit make the whole cache unusable until the pages in question have expired', async () => {
    const { state, pending } = setUp(2);
    for (const id of ['a', 'b', 'c']) pending.add(id, 1);
    expect(pending.size).toBe(2);
    state.now = 1_000_000; // Redis stays away for long: no safe point comes by waiting alone
    expect(pending.isUsable('z')).toBe(false);
    state.isAway = false;
    await pending.flush();
    expect(pending.isUsable('z')).toBe(false);
    state.now += 60_000 + 9_999;
    expect(pending.isUsable('c')).toBe(false);
    state.now += 1;
    expect(pending.isUsable('c')).toBe(true);
  });
});
