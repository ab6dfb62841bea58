import { describe, expect, test } from '@jest/globals';
import type { Unannounced } from '../data/outbox.ts';
import type { Change } from '../domain/change.ts';
import { StorageUnavailable } from '../domain/errors.ts';
import { OutboxRelay } from './outbox-relay.ts';

/** A relay whose rounds begin when the test says so, on an outbox in memory. */
function setUp(rows: Unannounced[]) {
  const state = {
    rows,
    told: [] as Change[],
    isRedisThere: true,
    fails: (_change: Change) => false,
    postgres: undefined as Error | undefined,
    warnings: [] as string[],
    relayed: 0,
    waits: [] as number[],
    finds: 0,
  };
  let due: (() => void) | undefined;
  let scheduled = Promise.withResolvers<void>();
  const relay = new OutboxRelay({
    outbox: {
      findOlderThan: async (age) => {
        state.finds += 1;
        if (state.postgres) throw state.postgres;
        return state.rows.filter((row) => row.age > age).slice(0, 500);
      },
      remove: async (ids) => {
        state.rows = state.rows.filter(({ id }) => !ids.includes(id));
      },
    },
    announce: async (change) => {
      if (state.fails(change)) return false;
      state.told.push(change);
      return true;
    },
    canAnnounce: () => state.isRedisThere,
    expiry: 70_000,
    countRelayed: (changes) => {
      state.relayed += changes;
    },
    warn: (message) => void state.warnings.push(message),
    timing: {
      schedule: (milliseconds, callback) => {
        state.waits.push(milliseconds);
        due = callback;
        scheduled.resolve();
        return () => {
          due = undefined;
        };
      },
      random: () => 0.5,
    },
  });
  relay.start();
  const round = async () => {
    scheduled = Promise.withResolvers();
    due?.();
    await scheduled.promise;
  };
  return { state, relay, round, isScheduled: () => due !== undefined };
}

const row = (id: number, conversationId: string, version: number, age = 1_500): Unannounced => ({
  id: `${id}`,
  conversationId,
  version,
  age,
});

describe('a relay', () => {
  test('announces the newest version of each conversation, and deletes all the rows that it covers', async () => {
    const { state, round } = setUp([
      row(1, 'a', 7),
      row(2, 'b', 3),
      row(3, 'a', 9),
      row(4, 'a', 8),
      row(5, 'c', 1, 500),
    ]);
    await round();
    expect(state.told).toEqual([
      { conversationId: 'a', version: 9 },
      { conversationId: 'b', version: 3 },
    ]);
    expect(state.rows).toEqual([row(5, 'c', 1, 500)]); // young: whoever wrote it is at work
    expect(state.relayed).toBe(4);
  });

  test('waits between half a second and a second, and not at all while a whole batch comes', async () => {
    const { state, round } = setUp(Array.from({ length: 1_200 }, (_, index) => row(index, `${index % 40}`, index)));
    expect(state.waits).toEqual([750]);
    await round();
    expect([state.rows, state.finds]).toEqual([[], 3]);
    expect(state.waits).toEqual([750, 750]);
  });

  test('leaves rows alone while Redis is away, tells their age, and announces when it is back', async () => {
    const { state, relay, round } = setUp([row(1, 'a', 7, 12_000)]);
    state.isRedisThere = false;
    await round();
    expect([state.told, state.rows.length, relay.oldestSeconds]).toEqual([[], 1, 12]);
    state.isRedisThere = true;
    await round();
    expect([state.told.length, state.rows.length, relay.oldestSeconds]).toEqual([1, 0, 0]);
  });

  test('keeps the rows of what could not be announced, and no others', async () => {
    const { state, round } = setUp([row(1, 'a', 7), row(2, 'b', 3)]);
    state.fails = ({ conversationId }) => conversationId === 'a';
    await round();
    expect(state.rows).toEqual([row(1, 'a', 7)]);
    expect(state.relayed).toBe(1);
  });

  test('stops in the middle of a batch when Redis goes', async () => {
    const { state, round } = setUp(Array.from({ length: 100 }, (_, index) => row(index, `${index}`, 1)));
    state.fails = () => {
      state.isRedisThere = false;
      return true;
    };
    await round();
    expect(state.rows.length).toBe(100);
  });

  test('deletes rows unannounced that are older than any page that may be served, so that they do not pile up', async () => {
    const { state, round } = setUp([row(1, 'a', 7, 70_001), row(2, 'b', 3, 69_999)]);
    state.isRedisThere = false;
    await round();
    expect(state.rows).toEqual([row(2, 'b', 3, 69_999)]);
    expect([state.told, state.relayed]).toEqual([[], 0]);
  });

  test('asks a Postgres that is away less and less, says so once, and comes back to its pace', async () => {
    const { state, round } = setUp([row(1, 'a', 7)]);
    state.postgres = new StorageUnavailable(new Error('gone'));
    for (let rounds = 0; rounds < 4; rounds += 1) await round();
    expect(state.waits).toEqual([750, 1_500, 3_000, 3_750, 3_750]);
    expect(state.warnings.length).toBe(1);
    state.postgres = undefined;
    await round();
    expect([state.waits.at(-1), state.told.length]).toEqual([750, 1]);
  });

  test('ends after the batch under way and begins no other', async () => {
    const { state, relay, isScheduled } = setUp([row(1, 'a', 7)]);
    await relay.stop();
    expect(isScheduled()).toBe(false);
    relay.start();
    expect(isScheduled()).toBe(false);
    expect(state.told).toEqual([]);
  });
});
