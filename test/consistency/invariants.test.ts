import { createCaller } from '@chatstack/service/testing/caller.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkStream } from './check-streams.ts';
import { findViolations } from './checker.ts';
import { type Outcome, runExperiment, type Step } from './experiment.ts';
import { BOUNDS, readState } from './final-reads.ts';
import type { Rule, Stream } from './history.ts';
import { type Replica, startReplica } from './replica.ts';
import { Subscriber } from './subscriber.ts';
import { type RunningSystem, startSystem } from './system.ts';
import type { Operation } from './traffic.ts';

/*
 * What the service promises, one test for each promise, with faults that are chosen to break it. A run counts only if enough was
 * acknowledged before its faults and in all.
 */

let system: RunningSystem;
let uncached: Replica;
beforeAll(async () => {
  system = await startSystem();
  uncached = await startReplica({
    ...system.stack.environment,
    DATABASE_PATIENCE_SECONDS: '3',
    ENABLE_REDIS_CACHE: 'false',
  });
});
afterAll(async () => {
  await uncached?.stop();
  await system?.stop();
});

const pause = (milliseconds: number): Step => ({ kind: 'pause', milliseconds });
const fault = (name: string, milliseconds: number): Step => ({ kind: 'fault', name, milliseconds });
const operation = (of: Operation): Step => ({ kind: 'operation', conversation: 0, operation: of });
const CALM: Step = { kind: 'calm', writes: 15 };
/** Waits for so many writes that the run counts, however fast the machine is. */
const ENOUGH: Step = { kind: 'calm', writes: 25 };

/** Runs an experiment that must break none of the rules; without any named, none at all. */
async function expectKept(
  steps: readonly Step[],
  rules?: readonly Rule[],
  on: RunningSystem = system,
): Promise<Outcome> {
  const outcome = await runExperiment(on, { steps: [...steps, ENOUGH], seed: 7 });
  const violations = findViolations(outcome.history, BOUNDS);
  expect(violations.filter(({ rule }) => !rules || rules.includes(rule)).slice(0, 5)).toEqual([]);
  expect(outcome.recorder.acknowledged).toBeGreaterThan(50);
  return outcome;
}

test('1. every acknowledged message is in the final read, once and in order, though each replica is killed under load', async () => {
  const kills = [0, 1].flatMap((index) => [fault(`replica ${index} killed`, 50), pause(400), CALM]);
  const both = [fault('replica 0 killed', 50), fault('replica 1 killed', 200), pause(300), CALM];
  const { recorder } = await expectKept([...kills, ...both], ['lost message', 'reordered message', 'gap in seq']);
  expect(recorder.faults.length).toBe(4);
});

test('1. the same while Redis is flushed, short of memory, stopped and killed', async () => {
  const names = ['Redis flushed', 'Redis short of memory', 'Redis stopped', 'Redis killed'];
  const { recorder } = await expectKept(names.flatMap((name) => [fault(name, 400), pause(500), CALM]));
  expect(recorder.faults.length).toBe(4);
});

test('1. the same while PgBouncer and Postgres are killed and stopped', async () => {
  const names = ['PgBouncer killed', 'PgBouncer stopped', 'Postgres killed'];
  const { recorder } = await expectKept(names.flatMap((name) => [fault(name, 300), pause(400), CALM]));
  expect(recorder.faults.length).toBe(3);
});

describe('2. one clientMessageId of a sender is one message', () => {
  const post = (replica: Replica | undefined, id: string, clientMessageId: string) =>
    createCaller(replica?.url ?? '').post(`/api/v1/chat/conversations/${id}/messages`, {
      userId: 'ann',
      content: clientMessageId,
      clientMessageId,
    });

  test('however often it is sent to both replicas at once', async () => {
    const id = await system.stack.createConversation(['ann', 'ben']);
    for (let round = 1; round <= 10; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => post(system.replicas[index % 2], id, `round ${round}`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => `${body.message.id} ${body.message.seq}`)).size).toBe(1);
      expect(answers[0]?.body.message.seq).toBe(round);
    }
  });

  test('also where answers are lost, replicas are killed, and nobody knows what became of it', async () => {
    const sends = Array.from({ length: 12 }, (_, index) =>
      operation({ kind: 'send', way: index % 2 === 0 ? 'answer lost' : 'repeated' }),
    );
    const steps = [fault('replica 0 killed', 100), ...sends, CALM, fault('PgBouncer killed', 100), ...sends, CALM];
    await expectKept(steps, ['double message', 'lost message', 'invented message']);
  });
});

test('3. all readers see prefixes of one list, at every place and on every replica', async () => {
  const steps = [fault('Redis flushed', 50), pause(700), fault('clients of Redis disconnected', 50), pause(700), CALM];
  const { recorder } = await expectKept(steps, ['forked order', 'torn page', 'gap in seq']);
  expect(recorder.reads.filter(({ messages }) => messages.length > 1).length).toBeGreaterThan(50);
});

describe('4. whoever passes the version they have seen reads their writes and never goes back', () => {
  const RULES = ['stale read', 'non-monotonic read', 'outdated content', 'deleted content'] as const;
  const steps = [
    fault('replica 0 cut off from Redis', 600),
    pause(300),
    fault('replica 1 without answers of Redis', 600),
    pause(700),
    CALM,
    fault('Redis stopped', 500),
    pause(700),
    CALM,
  ];

  test('with caches', async () => {
    const { recorder } = await expectKept(steps, RULES);
    expect(recorder.cached).toBeGreaterThan(0);
  });

  test('where one replica has no cache', async () => {
    const mixed = { ...system, replicas: [system.replicas[0] as Replica, uncached] };
    await expectKept(steps, undefined, mixed);
  });

  test('without a cache', async () => {
    const { recorder } = await expectKept([pause(1_000)], undefined, { ...system, replicas: [uncached, uncached] });
    expect(recorder.cached).toBe(0);
  });
});

describe('5. a subscriber is told everything once, in order, over all its connections', () => {
  const RULES = ['disordered stream', 'lost event', 'dishonest gap', 'torn page'] as const;

  test('while its connections break, replicas are killed and Redis loses what it was told', async () => {
    const names = ['replica 0 killed', 'clients of Redis disconnected', 'replica 1 cut off from Redis', 'Redis killed'];
    const { history, connections } = await expectKept(
      names.flatMap((name) => [fault(name, 300), pause(400), CALM]),
      RULES,
    );
    const told = history.streams.flatMap(({ events }) => events.filter(({ kind }) => kind !== 'subscribed'));
    expect(told.length).toBeGreaterThan(100);
    expect(connections).toBeGreaterThan(10);
  });

  test.each([
    [300, true],
    [301, false],
  ])('after %d missed messages it is honestly told whether they could be filled in: %s', async (missed, recovered) => {
    const id = await system.stack.createConversation(['ann', 'ben']);
    const [first, second] = system.replicas as [Replica, Replica];
    const subscriber = await Subscriber.start('late', 'ben', () => first.port, [id]);
    try {
      await eventually('it is subscribed', async () => subscriber.positionIn(id) !== undefined);
      const { send } = createCaller(second.url);
      await send(id, 'ann', 'seen');
      await eventually('it is told', async () => subscriber.positionIn(id)?.seq === 1);
      subscriber.pause();
      for (let count = 0; count < missed; count += 1) await send(id, 'ann', `missed ${count}`);
      subscriber.resume();
      const final = await readState(system, id, 'ann');
      expect(final.version).toBe(missed + 1);
      const [stream] = await subscriber.finish(new Map([[id, final]]), 10_000);
      expect(checkStream(stream as Stream, final)).toEqual([]);
      expect(stream?.events.at(-1)).toMatchObject({ kind: 'subscribed', recovered, seq: missed + 1 });
    } finally {
      await subscriber.stop();
    }
  });
});
