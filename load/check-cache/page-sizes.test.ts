import { expect, test } from '@jest/globals';
import { choosePageSizes } from './page-sizes.ts';

test('page sizes are unusual ones from 51 to 99 and differ from round to round', () => {
  for (const seed of [0, 0.3, 0.999999]) {
    const sizes = choosePageSizes(seed, 49);
    expect(new Set(sizes).size).toBe(49);
    expect(Math.min(...sizes)).toBe(51);
    expect(Math.max(...sizes)).toBe(99);
  }
});

test('two checks at the same time begin with different sizes unless their seeds are alike', () => {
  expect(choosePageSizes(0.1, 1)).not.toEqual(choosePageSizes(0.2, 1));
});
