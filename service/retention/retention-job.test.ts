import { describe, expect, test } from '@jest/globals';
import type { DuePage, TrimOutcome } from '../data/trim-history.ts';
import { RetentionJob, type RetentionOptions } from './retention-job.ts';

const NOW = new Date('2026-02-01T00:00:00Z');

/** A job whose time is the test's own, and what it did; `due` messages of each conversation go by at most 1,000. */
function startJob(due: Map<string, number>, more: Partial<RetentionOptions> = {}) {
  const waits: number[] = [];
  const done: string[] = [];
  const told: unknown[] = [];
  let ring: (() => void) | undefined;
  let waiting = Promise.withResolvers<void>();
  const job = new RetentionJob({
    interval: 60_000,
    findDue: async (after): Promise<DuePage> => {
      const ids = [...due.keys()].filter((id) => id > after).sort();
      return { ids: ids.slice(0, 2).filter((id) => due.get(id)), next: ids.length >= 2 ? ids[1] : undefined };
    },
    trim: async (conversationId, now): Promise<TrimOutcome> => {
      expect(now).toBe(NOW);
      const left = due.get(conversationId) ?? 0;
      if (left === 0) return { kind: 'nothing' };
      const messages = Math.min(left, 1_000);
      due.set(conversationId, left - messages);
      return { kind: 'trimmed', change: { conversationId, version: 1 }, messages, hasMore: left > 1_000 };
    },
    announce: async ({ conversationId }) => void done.push(conversationId),
    tellTrimmed: ({ messages, conversations }) => told.push({ messages, conversations }),
    warn: (message) => told.push(message),
    timing: {
      now: () => NOW,
      random: () => 0.5,
      schedule: (milliseconds, callback) => {
        waits.push(milliseconds);
        ring = callback;
        waiting.resolve();
        return () => {
          ring = undefined;
        };
      },
    },
    ...more,
  });
  job.start();
  /** Lets the time of one round come, and waits until the next one is waited for. */
  const round = async () => {
    waiting = Promise.withResolvers();
    ring?.();
    await waiting.promise;
    return done.splice(0);
  };
  return { job, round, waits, told, isWaiting: () => ring !== undefined };
}

describe('a round of retention', () => {
  test('trims and announces what is due, batch by batch', async () => {
    const { round, told, job } = startJob(new Map(Object.entries({ a: 2_500, b: 0, c: 10, d: 1_000 })));
    expect(await round()).toEqual(['a', 'a', 'a', 'c', 'd']);
    expect(told).toEqual([{ messages: 3_510, conversations: 3 }]);
    expect(await round()).toEqual([]);
    expect(told).toHaveLength(1);
    await job.stop();
  });

  test('ends after 20 batches, and the next one goes on there', async () => {
    const { round, job } = startJob(new Map(Object.entries({ a: 1_000, b: 30_000, c: 10 })));
    expect(await round()).toEqual(['a', ...Array(19).fill('b')]);
    expect(await round()).toEqual([...Array(11).fill('b'), 'c']);
    await job.stop();
  });

  test('is left to another replica that is at it', async () => {
    let calls = 0;
    const { round, job } = startJob(new Map(Object.entries({ a: 10, b: 10 })), {
      trim: async () => {
        calls += 1;
        return { kind: 'busy' };
      },
    });
    expect(await round()).toEqual([]);
    expect(calls).toBe(1);
    await job.stop();
  });

  test('comes every minute, a quarter sooner or later', async () => {
    const timed = async (random: number) => {
      const waits: number[] = [];
      const schedule = (milliseconds: number) => {
        waits.push(milliseconds);
        return () => undefined;
      };
      const { job } = startJob(new Map(), { timing: { now: () => NOW, random: () => random, schedule } });
      await job.stop();
      return waits;
    };
    expect([await timed(0), await timed(0.5), await timed(1)]).toEqual([[45_000], [60_000], [75_000]]);
  });

  test('that fails is told once, and tried again in the next', async () => {
    let isAway = true;
    const due = new Map(Object.entries({ a: 10 }));
    const { round, told, job } = startJob(due, {
      findDue: async () => {
        if (isAway) throw new Error('Postgres is away');
        return { ids: ['a'], next: undefined };
      },
    });
    await round();
    await round();
    expect(told).toEqual(['Old messages could not be deleted: Error: Postgres is away']);
    isAway = false;
    expect(await round()).toEqual(['a']);
    await job.stop();
  });

  test('is followed by no other once the job was stopped', async () => {
    const { job, isWaiting } = startJob(new Map());
    await job.stop();
    job.start();
    expect(isWaiting()).toBe(false);
  });
});
