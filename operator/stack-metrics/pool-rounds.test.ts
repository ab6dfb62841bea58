import { expect, test } from '@jest/globals';
import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import type { RoomAnswer } from '../postgres-room/ask-room.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { formatKey, type ObjectKey } from '../runtime/object.ts';
import { roundMilliseconds, runPoolRounds, stacksAtOnce } from './pool-rounds.ts';

const idle: PoolsAnswer = { kind: 'answered', pools: [] };
const silent: PoolsAnswer = { kind: 'unreachable', reason: 'timeout expired' };

/** Rounds over so many stacks with two poolers each, whose answers are given by hand. */
function startRounds(stacks: number, room?: RoomAnswer) {
  const clock = createManualClock();
  const keys: ObjectKey[] = Array.from({ length: stacks }, (_, index) => ({
    namespace: 'chat',
    name: `stack-${index}`,
  }));
  const open: { readonly pod: string; readonly answer: (answer: PoolsAnswer) => Promise<void> }[] = [];
  const noted: string[] = [];
  const said: string[] = [];
  const log = (level: string) => (fields: object) => said.push(`${level} ${JSON.stringify(fields)}`);
  const stop = new AbortController();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const ended = runPoolRounds(
    {
      listStacks: () => keys,
      listPoolers: ({ name }) =>
        ['a', 'b'].map((suffix) => ({
          pod: `${name}-${suffix}`,
          ask: () =>
            new Promise((resolve) => {
              const question = {
                pod: `${name}-${suffix}`,
                answer(answer: PoolsAnswer) {
                  open.splice(open.indexOf(question), 1);
                  resolve(answer);
                  return settle();
                },
              };
              open.push(question);
            }),
        })),
      askRoom: async () => room,
      note: (key, { pools, room: said }) =>
        noted.push([formatKey(key), [...pools.values()].map(({ kind }) => kind), said?.kind ?? 'nobody'].join(' ')),
      clock,
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    },
    stop.signal,
  );
  return {
    clock,
    keys,
    open,
    noted,
    said,
    settle,
    async pass(milliseconds: number) {
      clock.advance(milliseconds);
      await settle();
    },
    async answerAll(answer: PoolsAnswer) {
      while (open[0] !== undefined) await open[0].answer(answer);
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

test('every pooler is asked once in each round, and the next one begins 15 s after the last began', async () => {
  const rounds = startRounds(1);
  await rounds.pass(roundMilliseconds - 1);
  expect(rounds.open).toHaveLength(0);
  await rounds.pass(1);
  rounds.clock.advance(4000);
  await rounds.answerAll(idle);
  expect(rounds.noted).toEqual(['chat/stack-0 answered,answered nobody']);
  expect(rounds.clock.pending()).toEqual([roundMilliseconds - 4000]);
  await rounds.pass(roundMilliseconds - 4000);
  expect(rounds.open).toHaveLength(1);
  await rounds.answerAll(idle);
  await rounds.stop();
});

test('at most eight poolers are asked at the same time, each by one connection', async () => {
  const rounds = startRounds(20);
  await rounds.pass(roundMilliseconds);
  const asked: string[] = [];
  while (rounds.open[0] !== undefined) {
    expect(rounds.open.length).toBeLessThanOrEqual(stacksAtOnce);
    asked.push(rounds.open[0].pod);
    await rounds.open[0].answer(idle);
  }
  expect(asked).toHaveLength(40);
  expect(new Set(asked).size).toBe(40);
  await rounds.stop();
});

test('a stack is asked for room in each round, too, and nobody is complained of who does not say', async () => {
  const rounds = startRounds(1, { kind: 'unknown', reason: 'the server starts' });
  for (let round = 0; round < 2; round += 1) {
    await rounds.pass(roundMilliseconds);
    await rounds.answerAll(idle);
  }
  expect(rounds.noted).toEqual(Array(2).fill('chat/stack-0 answered,answered unknown'));
  expect(rounds.said).toEqual([]);
  await rounds.stop();
});

test('a round that takes long is not overtaken by the next one', async () => {
  const rounds = startRounds(1);
  await rounds.pass(roundMilliseconds);
  await rounds.pass(10 * roundMilliseconds);
  expect(rounds.open.map(({ pod }) => pod)).toEqual(['stack-0-a']);
  await rounds.answerAll(idle);
  expect(rounds.clock.pending()).toEqual([1000]);
  await rounds.stop();
});

test('poolers that never answer are complained of once, and when all do again that is said', async () => {
  const rounds = startRounds(3);
  for (const answer of [silent, silent, silent, idle, idle]) {
    await rounds.pass(roundMilliseconds);
    await rounds.answerAll(answer);
  }
  expect(rounds.said).toHaveLength(2);
  expect(rounds.said[0]).toMatch(/^warn .*"failed":6,"pooler":"chat\/stack-0-a","reason":"timeout expired"/);
  expect(rounds.said[1]).toMatch(/^info/);
  await rounds.stop();
});

test('a stack that came is asked in the next round, one that went no longer', async () => {
  const rounds = startRounds(1);
  rounds.keys.splice(0, 1, { namespace: 'chat', name: 'other' });
  await rounds.pass(roundMilliseconds);
  await rounds.answerAll(idle);
  expect(rounds.noted).toEqual(['chat/other answered,answered nobody']);
  await rounds.stop();
});

test('a mistake ends a round, not the rounds', async () => {
  const rounds = startRounds(1);
  rounds.keys.push(null as unknown as ObjectKey);
  await rounds.pass(roundMilliseconds);
  expect(rounds.said).toEqual([expect.stringMatching(/^error/)]);
  rounds.keys.pop();
  await rounds.answerAll(idle);
  rounds.noted.length = 0;
  await rounds.pass(roundMilliseconds);
  await rounds.answerAll(idle);
  expect(rounds.noted).toEqual(['chat/stack-0 answered,answered nobody']);
  await rounds.stop();
});

test('after the end nobody is asked, and what was asked is waited for', async () => {
  const rounds = startRounds(20);
  await rounds.pass(roundMilliseconds);
  const ended = rounds.stop();
  await rounds.answerAll(idle);
  await ended;
  expect(rounds.noted).toHaveLength(stacksAtOnce);
  expect(rounds.clock.pending()).toEqual([]);
});
