import { expect, test } from '@jest/globals';
import { ReadLog } from './read-log.ts';

const read = (fromCache: boolean) => ({
  operation: 'readHistory',
  tries: 1,
  milliseconds: 2.5,
  answer: { fromCache, version: 7, messages: [{}, {}] },
});

test('the newest reads of pages are kept, with the share that came from the cache', () => {
  const log = new ReadLog();
  expect([log.hitRatio, log.take({ ...read(true), operation: 'sendMessage' })]).toEqual([undefined, false]);
  for (let number = 1; number <= 20; number += 1) log.take(read(number % 4 === 0));
  expect(log.reads).toHaveLength(12);
  expect(log.reads[0]).toEqual({ number: 20, source: 'cache', milliseconds: 2.5, version: 7, messages: 2 });
  expect([log.reads[1]?.source, log.hitRatio]).toEqual(['postgres', 0.25]);
});
