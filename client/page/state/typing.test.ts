import { expect, test } from '@jest/globals';
import { createManualClock } from '../../testing/manual-clock.ts';
import { Typing } from './typing.ts';

test('who types is known until the time is over, or what was typed has come', async () => {
  const clock = createManualClock();
  let changes = 0;
  const typing = new Typing(clock, () => {
    changes += 1;
  });
  typing.begin('c', 'ann', 6_000);
  typing.begin('c', 'ben', 6_000);
  await clock.advance(3_000);
  typing.begin('c', 'ben', 6_000);
  typing.end('c', 'ann');
  typing.end('c', 'nobody');
  expect([typing.in('c'), typing.in('d'), changes]).toEqual([['ben'], [], 4]);
  await clock.advance(5_999);
  expect(typing.in('c')).toEqual(['ben']);
  await clock.advance(1);
  expect([typing.in('c'), changes, clock.waits()]).toEqual([[], 5, []]);
});
