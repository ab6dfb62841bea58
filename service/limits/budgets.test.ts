import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BUDGETS, scaleBudget } from './budgets.ts';

test('the reference page lists each budget as it is', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/authentication.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) s \|/gm)];
  const listed = rows.map(([, limit, points, seconds]) => [
    limit,
    { points: Number(points), seconds: Number(seconds) },
  ]);
  expect(Object.fromEntries(listed)).toEqual(BUDGETS);
});

test('a budget is scaled to whole points, and never to none', () => {
  expect(scaleBudget({ points: 50, seconds: 10 }, 150)).toEqual({ points: 75, seconds: 10 });
  expect(scaleBudget({ points: 20, seconds: 10 }, 1)).toEqual({ points: 1, seconds: 10 });
});
