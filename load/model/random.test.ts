import { describe, expect, test } from '@jest/globals';
import { drawContent, drawLength, lengthBounds } from './message.ts';
import { createRandom, mixSeeds } from './random.ts';
import { drawThinkSeconds, longestThink } from './think-time.ts';
import { createZipf } from './zipf.ts';

const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('random numbers', () => {
  test('are the same for the same seed, and others for another one', () => {
    const drawn = (seed: number) => many(5, createRandom(seed));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  test('are spread evenly from 0 to 1', () => {
    const values = many(100_000, createRandom(1));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const share = values.filter((value) => Math.floor(value * 10) === tenth).length / values.length;
      expect(share).toBeCloseTo(0.1, 2);
    }
  });

  test('of mixed seeds differ where any of them, or their order, does', () => {
    const mixed = [mixSeeds(1, 2, 3), mixSeeds(1, 2, 4), mixSeeds(2, 1, 3), mixSeeds(0, 2, 3), mixSeeds(1, 2)];
    expect(new Set(mixed).size).toBe(mixed.length);
    const firsts = many(1000, () => 0).map((_, index) => createRandom(mixSeeds(7, index))());
    expect(meanOf(firsts)).toBeCloseTo(0.5, 1);
  });
});

test('conversations are drawn by Zipf’s law: the n-th 1/n as often as the first', () => {
  const counts = new Array<number>(1000).fill(0);
  const draw = createZipf(1000);
  const random = createRandom(1);
  for (let drawn = 0; drawn < 500_000; drawn += 1) {
    const index = draw(random);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const harmonic = many(1000, () => 0).reduce((sum, _, index) => sum + 1 / (index + 1), 0);
  for (const rank of [1, 2, 3, 10, 100])
    expect((counts[rank - 1] ?? 0) / total / (1 / rank / harmonic)).toBeCloseTo(1, rank > 10 ? 0 : 1);
  const tail = counts.slice(500).reduce((sum, count) => sum + count, 0) / total;
  expect(tail).toBeCloseTo(Math.log(2) / harmonic, 2);
  expect(many(100, () => createZipf(1)(random))).toEqual(many(100, () => 0));
});

test('messages are a few words, some a paragraph: 60 characters in the mean, within bounds', () => {
  const random = createRandom(1);
  const lengths = many(100_000, () => drawLength(random));
  expect(meanOf(lengths)).toBeGreaterThan(56);
  expect(meanOf(lengths)).toBeLessThan(62);
  expect(lengths.toSorted((a, b) => a - b)[50_000]).toBeLessThan(40);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(lengthBounds.shortest);
  expect(Math.max(...lengths)).toBe(lengthBounds.longest);
  for (const content of many(1000, () => drawContent(random))) expect(content).toMatch(/^[a-z][a-z ]*[a-z]$/);
});

test('users think for a mean that is told, and never longer than a connection is kept', () => {
  const random = createRandom(1);
  const thoughts = many(100_000, () => drawThinkSeconds(random, 10));
  expect(meanOf(thoughts)).toBeGreaterThan(9.6);
  expect(meanOf(thoughts)).toBeLessThan(10);
  expect(Math.max(...thoughts)).toBe(10 * longestThink);
});
