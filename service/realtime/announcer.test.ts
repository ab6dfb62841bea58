import { describe, expect, test } from '@jest/globals';
import { LocalPages } from '../cache/local-pages.ts';
import type { Outbox } from '../data/outbox.ts';
import { Announcer } from './announcer.ts';

const CHANGE = { conversationId: 'conv-1', version: 2, outboxId: '7' };

/** An announcer whose Redis vouches for a page of version 1 to a reader of this process, and then takes the change or not. */
function setUp(takesIt: () => Promise<boolean>) {
  const local = new LocalPages({ maxBytes: 100_000, isStreamHealthy: () => true });
  const settled: string[] = [];
  const late = { expiresAt: performance.now() + 30_000, refreshAt: Number.POSITIVE_INFINITY };
  const page = {
    address: { conversationId: 'conv-1', limit: 50, offset: 0 },
    version: 1,
    participantIds: new Set(['user-1']),
    body: Buffer.from('{}'),
    ...late,
  };
  const publisher = {
    announce: async () => {
      const lease = local.lease('conv-1');
      if (!lease) throw new Error('Expected a lease, found none');
      local.put(lease, 'page', page);
      local.release(lease);
      expect(local.find('page')).toBeDefined();
      return takesIt();
    },
  };
  const announcer = new Announcer(publisher, { settle: (id: string) => void settled.push(id) } as Outbox);
  announcer.onChangeTwice(({ conversationId, version }) => local.invalidate(conversationId, version));
  return { announcer, local, settled };
}

describe('an announcement leaves no page in this process that is older than the change', () => {
  test('where Redis took it after it had served one', async () => {
    const { announcer, local, settled } = setUp(async () => true);
    await announcer.announce(CHANGE);
    expect([local.find('page'), settled]).toEqual([undefined, ['7']]);
  });

  test('where Redis could not be told, so that no event will come; the row stays in the outbox', async () => {
    const { announcer, local, settled } = setUp(async () => false);
    await announcer.announce(CHANGE);
    expect([local.find('page'), settled]).toEqual([undefined, []]);
  });

  test('where announcing went wrong altogether', async () => {
    const { announcer, local } = setUp(() => Promise.reject(new Error('broken')));
    await expect(announcer.announce(CHANGE)).rejects.toThrow('broken');
    expect(local.find('page')).toBeUndefined();
  });
});
