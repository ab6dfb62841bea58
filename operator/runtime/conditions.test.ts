import { describe, expect, test } from '@jest/globals';
import { type Condition, findCondition, setCondition } from './conditions.ts';

const start = Date.UTC(2026, 0, 1);
const ready = { type: 'Ready', status: 'False', reason: 'Starting', message: '0 of 2', observedGeneration: 1 } as const;

describe('setCondition', () => {
  test('adds a condition with the time, in seconds', () => {
    expect(setCondition([], ready, start + 123)).toEqual([{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }]);
  });

  test('keeps the time while the status stays, whatever else changes', () => {
    const before = setCondition([], ready, start);
    const after = setCondition(before, { ...ready, message: '1 of 2', observedGeneration: 2 }, start + 60_000);
    expect(after[0]).toMatchObject({ message: '1 of 2', observedGeneration: 2 });
    expect(after[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  test('moves the time when the status changes, and keeps the order', () => {
    const before = setCondition(setCondition([], ready, start), { ...ready, type: 'Degraded' }, start);
    const after = setCondition(before, { ...ready, status: 'True' }, start + 60_000);
    expect(after.map(({ type }) => type)).toEqual(['Ready', 'Degraded']);
    expect(findCondition(after, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z');
  });

  test('gives back the same array when nothing changes', () => {
    const before: readonly Condition[] = setCondition([], ready, start);
    expect(setCondition(before, { ...ready }, start + 60_000)).toBe(before);
  });
});
