import { describe, expect, test } from '@jest/globals';
import { createManualClock } from './manual-clock.ts';
import { createWorkQueue } from './work-queue.ts';

function setUp() {
  const clock = createManualClock();
  return { clock, queue: createWorkQueue({ clock }) };
}

describe('a work queue', () => {
  test('holds a key once, however often it is added', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    queue.add('a/2');
    queue.add('a/1');
    expect(queue.depth).toBe(2);
    expect(await queue.get()).toBe('a/1');
    expect(await queue.get()).toBe('a/2');
    expect(queue.depth).toBe(0);
  });

  test('gives a running key to no second worker, and reruns it exactly once', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    await queue.get();
    const second = queue.get();
    queue.add('a/1');
    queue.add('a/1');
    queue.add('a/2');
    expect(await second).toBe('a/2');
    expect(queue.depth).toBe(0);
    queue.done('a/1');
    expect(queue.depth).toBe(1);
    expect(await queue.get()).toBe('a/1');
    queue.done('a/1');
    expect(queue.depth).toBe(0);
    expect(queue.running().map(({ key }) => key)).toEqual(['a/2']);
  });

  test('doubles the back-off of a key from 5 ms to 1000 s, and starts anew after forget', () => {
    const { queue } = setUp();
    const delays = Array.from({ length: 20 }, () => queue.addWithBackOff('a/1'));
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.slice(17)).toEqual([655_360, 1_000_000, 1_000_000]);
    expect(queue.addWithBackOff('a/2')).toBe(5);
    queue.forget('a/1');
    expect(queue.addWithBackOff('a/1')).toBe(5);
  });

  test('waits at least as long as it is told to', () => {
    const { queue, clock } = setUp();
    expect(queue.addWithBackOff('a/1', 3000)).toBe(3000);
    clock.advance(2999);
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  test('keeps the earliest of several delays, and drops them when the key is added now', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a/1', 500);
    queue.addAfter('a/1', 100);
    queue.addAfter('a/1', 900);
    expect(clock.pending()).toEqual([100]);
    clock.advance(100);
    expect(await queue.get()).toBe('a/1');
    queue.done('a/1');
    queue.addAfter('a/1', 100);
    queue.add('a/1');
    expect(clock.pending()).toEqual([]);
    expect(queue.depth).toBe(1);
  });

  test('needs no timer for a key that is rerun anyway', async () => {
    const { queue, clock } = setUp();
    queue.add('a/1');
    await queue.get();
    queue.add('a/1');
    queue.addAfter('a/1', 100);
    expect(clock.pending()).toEqual([]);
  });

  test('lets everybody go when it is shut down', async () => {
    const { queue, clock } = setUp();
    const waiting = queue.get();
    queue.addAfter('a/1', 100);
    queue.shutDown();
    queue.add('a/2');
    expect(await waiting).toBeUndefined();
    expect(await queue.get()).toBeUndefined();
    expect(clock.pending()).toEqual([]);
    expect(queue.depth).toBe(0);
  });

  test('tells how long keys waited and were worked', async () => {
    const clock = createManualClock();
    const told: [string, number][] = [];
    const queue = createWorkQueue({
      clock,
      observer: {
        added: () => told.push(['added', 1]),
        retried: () => told.push(['retried', 1]),
        started: (seconds) => told.push(['started', seconds]),
        finished: (seconds) => told.push(['finished', seconds]),
      },
    });
    queue.add('a/1');
    clock.advance(2000);
    await queue.get();
    clock.advance(3000);
    expect(queue.running()).toEqual([{ key: 'a/1', seconds: 3 }]);
    queue.done('a/1');
    expect(told).toEqual([
      ['added', 1],
      ['started', 2],
      ['finished', 3],
    ]);
  });
});
