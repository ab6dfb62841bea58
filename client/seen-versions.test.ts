import { expect, test } from '@jest/globals';
import { createSeenVersions } from './seen-versions.ts';

test('the conversation touched longest ago is forgotten when the memory is full', () => {
  const seen = createSeenVersions(2);
  seen.remember('a', 1);
  seen.remember('b', 1);
  seen.remember('a', 2);
  seen.remember('c', 1);
  expect([seen.newest('a'), seen.newest('b'), seen.newest('c')]).toEqual([2, undefined, 1]);
});
