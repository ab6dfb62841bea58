import { afterEach, describe, expect, test } from '@jest/globals';
import { type Timed, TimerWheel } from './timer-wheel.ts';

const TICK = 100;

let clock = 0;
let wheel: TimerWheel;
afterEach(() => wheel.close());

/** A wheel that turns when the test says so. */
function setUp(): TimerWheel {
  clock = 1_000_000;
  wheel = new TimerWheel(TICK, () => clock);
  return wheel;
}

function turnUntil(time: number): void {
  for (; clock < time; clock += TICK) wheel.turn();
  wheel.turn();
}

const createTimed = (look: (now: number) => number | undefined): Timed => ({ slot: -1, look });

describe('a timer wheel', () => {
  test('has each look at most one tick late, and again when it asks for that', () => {
    setUp();
    const looks: number[] = [];
    const timed = createTimed((now) => {
      looks.push(now - 1_000_000);
      return looks.length < 3 ? now + 1_000 : undefined;
    });
    wheel.place(timed, clock + 250);
    turnUntil(clock + 10_000);
    expect(looks).toEqual([300, 1_300, 2_300]);
    expect(timed.slot).toBe(-1);
  });

  test('lets be what was removed, also by one that looks before it in the same tick', () => {
    setUp();
    let looks = 0;
    const later = createTimed(() => {
      looks += 1;
      return undefined;
    });
    const first = createTimed(() => {
      wheel.remove(later);
      return undefined;
    });
    wheel.place(first, clock + 500);
    wheel.place(later, clock + 500);
    turnUntil(clock + 2_000);
    expect(looks).toBe(0);
  });

  test('forgets where something was placed before', () => {
    setUp();
    const looks: number[] = [];
    const timed = createTimed((now) => {
      looks.push(now - 1_000_000);
      return undefined;
    });
    wheel.place(timed, clock + 500);
    wheel.place(timed, clock + 2_000);
    turnUntil(clock + 5_000);
    expect(looks).toEqual([2_000]);
  });

  test('reaches further than one turn, by looks in vain', () => {
    setUp();
    let due = clock + 100_000;
    const effective: number[] = [];
    const timed = createTimed((now) => {
      if (now < due) return due;
      effective.push(now - 1_000_000);
      due = Number.POSITIVE_INFINITY;
      return undefined;
    });
    wheel.place(timed, due);
    turnUntil(clock + 200_000);
    expect(effective).toEqual([100_000]);
  });

  test('makes up for a pause of the process, once for each', () => {
    setUp();
    const looks = new Map<number, number>();
    for (let index = 0; index < 50; index += 1) {
      const timed = createTimed((now) => {
        looks.set(index, (looks.get(index) ?? 0) + 1);
        return now + 60_000;
      });
      wheel.place(timed, clock + index * 200);
    }
    clock += 55_000;
    wheel.turn();
    expect([looks.size, ...new Set(looks.values())]).toEqual([50, 1]);
  });
});
