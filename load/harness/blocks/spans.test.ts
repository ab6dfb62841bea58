import { expect, test } from '@jest/globals';
import { planRate } from '../../scenarios/arrivals.ts';
import { planCrowd } from '../../scenarios/crowds.ts';
import { lengthOf, spansOf } from './spans.ts';

test('a rate has one measured span, after its warm-up', () => {
  const plan = planRate(200, 10, 20);
  expect(spansOf(plan)).toEqual([{ start: 10, seconds: 20, target: { arrivalRate: 200 }, lead: 10 }]);
  expect(lengthOf(plan)).toBe(30);
  expect(spansOf(planRate(200, 0, 20))).toEqual([{ start: 0, seconds: 20, target: { arrivalRate: 200 }, lead: 0 }]);
});

test('of several measured phases each is a span, shown with the one before it', () => {
  const phase = (seconds: number, measured: boolean) => ({ seconds, arrivalRate: 10, measured });
  const phases = [phase(5, false), phase(3, true), phase(4, true)];
  expect(spansOf({ kind: 'open', virtualUsers: 1, phases })).toMatchObject([
    { start: 5, seconds: 3, lead: 5 },
    { start: 8, seconds: 4, lead: 3 },
  ]);
});

test('a crowd is measured once all have come and thought', () => {
  const plan = planCrowd(1000, { thinkSeconds: 10 }, 60);
  expect(spansOf(plan)).toEqual([{ start: 14, seconds: 60, target: { connections: 1000 }, lead: 14 }]);
  expect(lengthOf(plan)).toBe(74);
});
