import type { HistoryPage, StoredMessage } from '@chatstack/client/messages.ts';
import { describe, expect, test } from '@jest/globals';
import { hitRatioOf, judgeInitial, judgeSecondRead, judgeSend, judgeThirdRead } from './judge-steps.ts';

const page = (fromCache: boolean, version: number, ...ids: string[]) =>
  ({ fromCache, version, messages: ids.map((id) => ({ id })) }) as HistoryPage;
const sent = { message: { id: 'mine' }, version: 5 } as StoredMessage;

describe('the second read', () => {
  test('that goes back to an older version is not so', () => {
    expect(judgeSecondRead(page(false, 4), page(true, 3))).toMatchObject({ kind: 'not so' });
  });

  test('from the cache with other messages under the same version is not so', () => {
    expect(judgeSecondRead(page(false, 4, 'a'), page(true, 4, 'b'))).toMatchObject({ kind: 'not so' });
  });

  test('of a newer version was disturbed by another sender, whether hit or miss', () => {
    for (const hit of [true, false]) {
      expect(judgeSecondRead(page(false, 4), page(hit, 5))).toMatchObject({ kind: 'disturbed' });
    }
  });
});

test('a send that leaves the version where it was is not so', () => {
  expect(judgeSend(page(true, 5), sent)).toMatchObject({ kind: 'not so' });
});

describe('the third read', () => {
  test('from the cache but with the message was filled by another reader: disturbed', () => {
    expect(judgeThirdRead(sent, page(true, 5, 'mine'), 51)).toMatchObject({ kind: 'disturbed' });
  });

  test('without the message after a whole page of newer ones was disturbed', () => {
    expect(judgeThirdRead(sent, page(false, 56, 'other'), 51)).toMatchObject({ kind: 'disturbed' });
  });

  test('without the message and with fewer newer ones is not so', () => {
    expect(judgeThirdRead(sent, page(false, 55, 'other'), 51)).toMatchObject({ kind: 'not so' });
  });
});

describe('the initial step', () => {
  test('is not so where the health route has no counters', () => {
    expect(judgeInitial({ healthy: true } as never)).toMatchObject({ kind: 'not so', found: 'no counters' });
  });

  test('has hit ratio 0 before the first lookup', () => {
    expect(hitRatioOf({ healthy: true, metrics: { hits: 0, misses: 0 } } as never)).toBe(0);
  });
});
