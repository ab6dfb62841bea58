import { expect, test } from '@jest/globals';
import { formatActivity, formatDay, formatMilliseconds, hueOf, initialsOf, list } from './format.ts';

const now = new Date(2026, 2, 10, 12).getTime();
const daysAgo = (days: number) => new Date(2026, 2, 10 - days, 23).toISOString();

test('days are named by how long they are ago', () => {
  expect([0, 1].map((days) => formatDay(daysAgo(days), now))).toEqual(['Today', 'Yesterday']);
  expect(formatDay(daysAgo(400), now)).toMatch(/2025/);
  expect(formatDay(daysAgo(3), now)).not.toMatch(/20/);
  expect(formatActivity(daysAgo(1), now)).toBe('Yesterday');
  expect(formatActivity(daysAgo(3), now)).toMatch(/^\p{L}+$/u);
});

test('names have initials in any script, and always the same colour', () => {
  expect(['Ada Lovelace', 'user-1', 'ada', '', '👩‍👩‍👧 Zoë', 'ü'].map(initialsOf)).toEqual([
    'AL',
    'U1',
    'A',
    '',
    '👩‍👩‍👧Z',
    'Ü',
  ]);
  expect([hueOf('Ada'), hueOf('Ada') < 8, hueOf('')]).toEqual([hueOf('Ada'), true, 0]);
});

test('names are listed, milliseconds rounded', () => {
  expect([list(['Ada']), list(['Ada', 'Ben', 'Cem'])]).toEqual(['Ada', 'Ada, Ben, and Cem']);
  expect([formatMilliseconds(0.84), formatMilliseconds(12.4)]).toEqual(['0.8 ms', '12 ms']);
});
