import { describe, expect, test } from '@jest/globals';
import { diffLines, selectHunks } from './line-diff.ts';

const lines = (...words: string[]): string => words.join('\n');
const side = (before: string, after: string, sign: '+' | '-'): string =>
  diffLines(before, after)
    .filter((line) => line.sign === ' ' || line.sign === sign)
    .map(({ text }) => text)
    .join('\n');

describe('a comparison of texts', () => {
  test.each([
    ['equal texts', 'a b c', 'a b c', 0],
    ['an added line', 'a c', 'a b c', 1],
    ['a line less', 'a b c', 'a c', 1],
    ['a changed line', 'a b c', 'a x c', 2],
    ['a repeated line', 'a a b', 'a b', 1],
    ['moved lines', 'a b c d', 'c d a b', 4],
    ['nothing in common', 'a b', 'x y z', 5],
    ['a common beginning that is also the end', 'a', 'a a', 1],
  ])('of %s holds both, with the fewest changes', (_, one, other, changes) => {
    const [before, after] = [one, other].map((text) => lines(...text.split(' '))) as [string, string];
    expect(side(before, after, '-')).toBe(before);
    expect(side(before, after, '+')).toBe(after);
    expect(diffLines(before, after).filter(({ sign }) => sign !== ' ')).toHaveLength(changes);
  });

  test('shows three lines around a change, and a gap between changes that are far apart', () => {
    const before = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const after = before.map((text, index) => (index === 5 || index === 20 ? 'other' : text));
    const shown = selectHunks(diffLines(lines(...before), lines(...after)));
    expect(shown.filter((line) => line === undefined)).toHaveLength(1);
    expect(shown[0]?.text).toBe('line 2');
    expect(shown.at(-1)?.text).toBe('line 23');
    expect(selectHunks(diffLines('a', 'a'))).toEqual([]);
  });
});
