import { beforeEach, describe, expect, test } from '@jest/globals';
import { LocalPages } from './local-pages.ts';

let now = 0;
let isHealthy = true;
let tier: LocalPages;
beforeEach(() => {
  now = 1_000;
  isHealthy = true;
  tier = createTier(1_000_000);
});

function createTier(maxBytes: number): LocalPages {
  return new LocalPages({ maxBytes, isStreamHealthy: () => isHealthy, now: () => now });
}

function buildPage(conversationId: string, version: number, bytes = 100, expiresAt = 10_000) {
  return {
    address: { conversationId, limit: 50, offset: 0 },
    version,
    participantIds: new Set(['user-1', 'user-2']),
    body: Buffer.alloc(bytes),
    expiresAt,
    refreshAt: expiresAt,
  };
}

/** A whole load, with something in between. */
function load(id: string, version: number, between: () => void = () => undefined, bytes = 100): boolean {
  const lease = tier.lease(id);
  if (!lease) return false;
  between();
  const kept = tier.put(lease, `page of ${id}`, buildPage(id, version, bytes));
  tier.release(lease);
  return kept;
}

const find = (id: string) => tier.find(`page of ${id}`)?.version;

describe('a page within the process', () => {
  test('is served until it expires', () => {
    expect(find('a')).toBeUndefined();
    expect(load('a', 3)).toBe(true);
    expect(find('a')).toBe(3);
    now = 9_999;
    expect(find('a')).toBe(3);
    now = 10_000;
    expect(find('a')).toBeUndefined();
    expect([tier.size, tier.bytes]).toEqual([0, 0]);
  });

  test('is served, and loaded, only while the stream of events is healthy', () => {
    load('a', 3);
    isHealthy = false;
    expect(find('a')).toBeUndefined();
    expect(tier.lease('a')).toBeUndefined();
    isHealthy = true;
    expect(find('a')).toBe(3);
  });

  test('is gone after a lapse, and so is all that was being loaded', () => {
    load('a', 3);
    expect(load('b', 3, () => tier.clear())).toBe(false);
    expect([find('a'), find('b'), tier.size, tier.bytes]).toEqual([undefined, undefined, 0, 0]);
    expect(load('b', 3)).toBe(true);
  });

  test('is never kept where the tier is off', () => {
    tier = createTier(0);
    expect(tier.isUsable).toBe(false);
    expect(load('a', 1)).toBe(false);
  });
});

describe('an event of version 5', () => {
  const announce = () => tier.invalidate('a', 5);

  test.each([
    ['before the lease, of a page that has it', 5, true],
    ['before the lease, of a page that is newer', 6, true],
  ])('%s, does not matter', (_when, version, kept) => {
    announce();
    expect(load('a', version)).toBe(kept);
  });

  test.each([
    [4, false],
    [5, true],
    [6, true],
  ])('between lease and put lets a page of version %i be kept: %p', (version, kept) => {
    expect(load('a', version, announce)).toBe(kept);
    expect(find('a')).toBe(kept ? version : undefined);
  });

  test.each([
    [4, undefined],
    [5, 5],
    [6, 6],
  ])('after the put of version %i leaves %p', (version, left) => {
    load('a', version);
    announce();
    expect(find('a')).toBe(left);
  });

  test('counts for each of several loads under way, also when the first has ended', () => {
    const first = tier.lease('a');
    const second = tier.lease('a');
    if (!first || !second) throw new Error('Expected two leases');
    expect(tier.put(first, 'page of a', buildPage('a', 4))).toBe(true);
    tier.release(first);
    announce();
    expect(find('a')).toBeUndefined();
    expect(tier.put(second, 'page of a', buildPage('a', 4))).toBe(false);
    tier.release(second);
    expect(load('a', 4)).toBe(true); // a lease of its own: Redis would not have vouched for it
  });

  test('drops every page of its conversation that is older, and no page of another', () => {
    for (const key of ['one', 'two']) {
      const lease = tier.lease('a');
      if (lease) tier.put(lease, key, buildPage('a', 4));
    }
    load('b', 1);
    announce();
    expect([tier.find('one'), tier.find('two'), find('b')]).toEqual([undefined, undefined, 1]);
  });

  test('that comes twice or behind a newer one drops nothing that is newer than itself', () => {
    tier.invalidate('a', 7);
    load('a', 7, announce);
    announce();
    expect(find('a')).toBe(7);
    expect(load('a', 6, () => [tier.invalidate('a', 7), announce()])).toBe(false);
  });
});

test('of two loads the newer page stays, whichever is put last', () => {
  expect(load('a', 2, () => load('a', 3))).toBe(false);
  expect(find('a')).toBe(3);
  expect(load('a', 4)).toBe(true);
  expect([find('a'), tier.size]).toEqual([4, 1]);
});

describe('the memory of the tier', () => {
  test('is bounded by bytes, and the least recently read page goes first', () => {
    tier = createTier(3_500);
    for (const id of ['a', 'b', 'c']) expect(load(id, 1, undefined, 300)).toBe(true);
    expect(find('a')).toBe(1);
    load('d', 1, undefined, 300);
    expect([find('a'), find('b'), find('c'), find('d')]).toEqual([1, undefined, 1, 1]);
    expect(tier.bytes).toBeLessThanOrEqual(3_500);
  });

  test('takes no page that is larger than all of it, and drops none for it', () => {
    tier = createTier(3_000);
    load('a', 1, undefined, 300);
    expect(load('b', 1, undefined, 3_000)).toBe(false);
    expect(find('a')).toBe(1);
  });

  test('is given back by invalidation', () => {
    for (const id of ['a', 'b', 'c']) load(id, 1);
    for (const id of ['a', 'b', 'c']) tier.invalidate(id, 2);
    expect([tier.size, tier.bytes]).toEqual([0, 0]);
  });
});
