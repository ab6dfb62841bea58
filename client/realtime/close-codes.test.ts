import { describe, expect, test } from '@jest/globals';
import { chooseWait, judgeClose } from './close-codes.ts';

describe('a close of the socket', () => {
  test.each([1000, 1001, 1006, 1011, 3000, 3001, 3002, 3003, 3004, 3499, 4000, 4499])('%d is tried again', (code) => {
    expect(judgeClose(code, false)).toBe('reconnect');
  });

  test.each([1009, 3500, 3501, 3503, 3999, 4500, 4999])('%d is the end', (code) => {
    expect(judgeClose(code, true)).toBe('stop');
  });

  test('for an expired token is the end only where no other one can be had', () => {
    expect([judgeClose(3502, true), judgeClose(3502, false)]).toEqual(['new-token', 'stop']);
  });
});

test('waits are a random part of a span that doubles up to 20 s', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => chooseWait(attempt, () => 0.999999));
  expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  expect([chooseWait(6, () => 0), chooseWait(6, () => 0.5)]).toEqual([0, 8_000]);
});
