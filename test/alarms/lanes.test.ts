import { describe, expect, test } from '@jest/globals';
import type { Alarm } from './alarm.ts';
import { allAlarms } from './catalogue/all-alarms.ts';
import { buildLanes } from './lanes.ts';

const alarm = (name: string, stack: Alarm['stack'], lane?: string): Alarm => ({
  name,
  what: name,
  stack,
  ...(lane === undefined ? {} : { lane }),
  expects: [{ alert: 'Some', severity: 'warning' }],
  begin: async () => {},
});

const namesOf = (alarms: readonly Alarm[]) => alarms.map(({ name }) => name);

describe('lanes', () => {
  test('are one for a stack whose faults come one after the other, with all of its load', () => {
    const [lane, ...others] = buildLanes([alarm('a', 'first'), alarm('b', 'first')], 10);
    expect(others).toEqual([]);
    expect(lane).toMatchObject({ stack: 'first', isShared: false, rate: 10 });
    expect(namesOf(lane?.alarms ?? [])).toEqual(['a', 'b']);
  });

  test('of one stack go on beside each other, and share its load out', () => {
    const lanes = buildLanes([alarm('a', 'fifth', 'x'), alarm('b', 'fifth', 'y'), alarm('c', 'fifth', 'x')], 10);
    expect(lanes.map(({ alarms, isShared, rate }) => [namesOf(alarms), isShared, rate])).toEqual([
      [['a', 'c'], true, 5],
      [['b'], true, 5],
    ]);
  });

  test('of which others do not raise what one is about', () => {
    for (const { stack, lane, expects } of allAlarms) {
      const others = allAlarms.filter((each) => each.stack === stack && each.lane !== lane && !each.isAlone);
      const raised = others.flatMap((each) => each.expects.map(({ alert }) => alert));
      expect(raised).not.toEqual(expect.arrayContaining(expects.map(({ alert }) => alert)));
    }
  });
});
