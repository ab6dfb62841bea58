import { describe, expect, test } from '@jest/globals';
import { failuresOf, isCalm, measure, rateOf } from './measure.ts';
import type { SentRequest } from './sent-request.ts';

const answered = (start: number, end: number, more: Partial<SentRequest> = {}): SentRequest => ({
  kind: 'read',
  client: 'plain',
  start,
  end,
  ...more,
});
const failed = (start: number, end: number, error: string, more: Partial<SentRequest> = {}) =>
  answered(start, end, { error, ...more });

/** Ten requests a second, each answered after 10 ms, until `seconds`. */
const steady = (seconds: number) =>
  Array.from({ length: seconds * 10 }, (_, index) => answered(index * 100, index * 100 + 10));

describe('the rate of a span', () => {
  test('counts what was answered in it, not what failed or was answered before or after', () => {
    const requests = [...steady(3), failed(1_000, 1_500, '503')];
    expect(rateOf(requests, 1_000, 2_000)).toBe(10);
    expect(failuresOf(requests, 1_000, 2_000)).toBe(1);
    expect(failuresOf(requests, 1_500.1, 2_000)).toBe(0);
  });

  test('does not count what is under way', () => {
    const underWay: SentRequest = { kind: 'read', client: 'plain', start: 0 };
    expect(rateOf([underWay], 0, 1_000)).toBe(0);
  });
});

describe('a calm after a fault', () => {
  test('is the rate that is asked for without a failure', () => {
    expect(isCalm(steady(6), 10, 6_000, 5_000)).toBe(true);
  });

  test('is none while a request failed lately', () => {
    expect(isCalm([...steady(6), failed(900, 1_100, '503')], 10, 6_000, 5_000)).toBe(false);
  });

  test('is none while an old request has no answer', () => {
    const stuck: SentRequest = { kind: 'send', client: 'plain', start: 500 };
    expect(isCalm([...steady(6), stuck], 10, 6_000, 5_000)).toBe(false);
  });

  test('is none where less is answered than is asked', () => {
    expect(isCalm(steady(6), 10.1, 6_000, 5_000)).toBe(false);
  });
});

describe('what clients saw of a fault', () => {
  const requests = [
    answered(0, 900),
    answered(900, 1_100), // was under way when the fault began
    failed(1_200, 2_000, '503 storage-unavailable'),
    failed(1_300, 4_500, 'ECONNREFUSED'),
    failed(1_300, 3_000, 'ECONNREFUSED', { client: 'retrying' }),
    answered(5_000, 5_100, { client: 'retrying' }),
  ];
  const seen = measure(requests, 1_000);

  test('is told for each kind of client, of requests that were not over when it began', () => {
    expect(seen.seen).toEqual({ plain: { requests: 3, failed: 2 }, retrying: { requests: 2, failed: 1 } });
  });

  test('names the errors, when they came and the slowest request', () => {
    expect(seen.errors).toEqual({ '503 storage-unavailable': 1, ECONNREFUSED: 2 });
    expect([seen.firstError, seen.lastError, seen.longest]).toEqual([1, 3.5, 3.2]);
  });

  test('has no times of errors where there were none', () => {
    expect(measure(steady(2), 1_000)).not.toHaveProperty('firstError');
  });
});
