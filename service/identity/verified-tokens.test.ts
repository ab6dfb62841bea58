import { expect, test } from '@jest/globals';
import { VerifiedTokens } from './verified-tokens.ts';

const verified = { userId: 'user-1', expiresAt: 2_000 };

test('tokens are remembered until their time is over', () => {
  const tokens = new VerifiedTokens();
  tokens.remember('token', verified, 1_000);
  expect(tokens.find('token', 999)).toBe(verified);
  expect(tokens.find('token', 1_000)).toBeUndefined();
  expect(tokens.find('other', 0)).toBeUndefined();
});

test('however many tokens there are, the room they take is bounded, and those in use stay', () => {
  const tokens = new VerifiedTokens(100_000);
  tokens.remember('in use', verified, 1_000);
  tokens.remember('not in use', verified, 1_000);
  let most = 0;
  for (let count = 0; count < 5_000; count += 1) {
    tokens.remember(`${count}`.padStart(744, '-'), verified, 1_000);
    expect(tokens.find('in use', 0)).toBe(verified);
    most = Math.max(most, tokens.size);
  }
  expect(most).toBeGreaterThan(150);
  expect(most).toBeLessThanOrEqual(201); // two generations of 100,000 at 1,000 each, and the short ones
  expect(tokens.find('not in use', 0)).toBeUndefined();
});
