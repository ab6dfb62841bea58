import { beforeEach, describe, expect, test } from '@jest/globals';
import { StorageUnavailable } from '../domain/errors.ts';
import type { NewMessage } from '../domain/message.ts';
import type { SentRow } from './insert-message.ts';
import { SendQueue } from './send-queue.ts';

type Statement = { readonly ids: string[]; end(rows: (SentRow | undefined)[] | Error): Promise<void> };

let now = 0;
let statements: Statement[];
let queue: SendQueue;
let slow: (() => void)[];
beforeEach(() => {
  now = 0;
  statements = [];
  slow = [];
  queue = new SendQueue({
    store: { one: async (message) => (await run([message]))[0], several: run },
    now: () => now,
    schedule: (_milliseconds, callback) => {
      slow.push(callback);
      return () => undefined;
    },
  });
});

function run(messages: readonly NewMessage[]): Promise<(SentRow | undefined)[]> {
  const ended = Promise.withResolvers<(SentRow | undefined)[]>();
  statements.push({
    ids: messages.map(({ id }) => id),
    end: async (rows) => {
      if (rows instanceof Error) ended.reject(rows);
      else ended.resolve(rows);
      await new Promise(setImmediate);
    },
  });
  return ended.promise;
}

const row = (message: string): SentRow => ({ message, version: '1', outbox_id: '1', is_new: true, is_same: true });
const rowsOf = ({ ids }: Statement) => ids.map(row);

function add(id: string, conversationId: string, more: Partial<NewMessage> = {}) {
  return queue.add({ id, conversationId, userId: 'user-1', content: 'x', messageType: 'TEXT', ...more });
}

const statement = (index: number) => statements[index] as Statement;
const ids = () => statements.map((each) => each.ids);

describe('a queue of sends', () => {
  test('stores a message at once and by itself while a statement is free', async () => {
    const sent = add('1', 'a');
    void add('2', 'b');
    expect(ids()).toEqual([['1'], ['2']]);
    await statement(0).end([row('1')]);
    expect((await sent)?.message).toBe('1');
  });

  test('stores together what came while none was free, one message for each conversation, in their order', async () => {
    const all = ['1a', '2b', '3c', '4d', '5c', '6e', '7c'].map((id) => add(id, id.slice(1)));
    expect(ids()).toEqual([['1a'], ['2b']]);
    await statement(0).end(rowsOf(statement(0)));
    expect(ids().slice(2)).toEqual([['3c', '4d', '6e']]);
    await statement(1).end(rowsOf(statement(1)));
    expect(statements).toHaveLength(3); // what is left belongs to a conversation that is under way
    await statement(2).end(rowsOf(statement(2)));
    expect(ids().slice(3)).toEqual([['5c']]);
    await statement(3).end(rowsOf(statement(3)));
    await statement(4).end(rowsOf(statement(4)));
    expect((await Promise.all(all)).map((sent) => sent?.message)).toEqual(['1a', '2b', '3c', '4d', '5c', '6e', '7c']);
  });

  test('stores replies, SYSTEM messages and mentions by themselves and at once', async () => {
    for (const id of ['1', '2']) void add(id, id);
    void add('3', 'a', { messageType: 'REPLY', replyToId: 'x' });
    void add('4', 'a', { content: 'for @user-2' });
    void add('5', 'a', { messageType: 'SYSTEM' });
    expect(ids()).toEqual([['1'], ['2'], ['3'], ['4'], ['5']]);
  });

  test('waits no longer for a statement that waits for a lock itself', async () => {
    for (const id of ['1', '2']) void add(id, id);
    void add('3', 'c');
    expect(statements).toHaveLength(2);
    slow[0]?.();
    expect(ids().slice(2)).toEqual([['3']]);
    void add('4', 'd');
    slow[0]?.();
    await statement(0).end(rowsOf(statement(0))); // counts once, whatever comes first
    expect(statements).toHaveLength(3);
    await statement(1).end(rowsOf(statement(1)));
    expect(ids()[3]).toEqual(['4']);
  });

  test('lets four messages of a busy conversation stand for its lock, each by itself; more wait here', async () => {
    const all = ['1', '2', '3', '4', '5', '6'].map((id) => add(id, 'hot'));
    expect(ids()).toEqual([['1'], ['2'], ['3'], ['4'], ['5']]);
    await statement(1).end([row('2')]);
    void add('7', 'hot');
    expect(ids()[5]).toEqual(['7']);
    await statement(0).end([row('1')]);
    expect(ids()[6]).toEqual(['6']);
    for (const index of [2, 3, 4, 6]) await statement(index).end(rowsOf(statement(index)));
    expect((await Promise.all(all)).map((sent) => sent?.message)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('stores what was not stored together by itself, and takes over what that says', async () => {
    for (const id of ['1', '2']) void add(id, id);
    const [refused, stored] = [add('3', 'c'), add('4', 'd')];
    await statement(0).end(rowsOf(statement(0)));
    await statement(2).end([undefined, row('4')]);
    expect((await stored)?.message).toBe('4');
    expect(ids()[3]).toEqual(['3']);
    await statement(3).end([undefined]);
    expect(await refused).toBeUndefined();
  });

  test('stores each by itself when one of several is to blame', async () => {
    for (const id of ['1', '2']) void add(id, id);
    const [good, bad] = [add('3', 'c'), add('4', 'd')];
    await statement(0).end(rowsOf(statement(0)));
    await statement(2).end(Object.assign(new Error('duplicate key'), { code: '23505' }));
    expect(ids().slice(3)).toEqual([['3'], ['4']]);
    const failed = expect(bad).rejects.toThrow('to blame');
    await statement(3).end([row('3')]);
    await statement(4).end(new Error('to blame'));
    await failed;
    expect((await good)?.message).toBe('3');
  });

  test('tells all of a statement of a mistake that is not in the messages', async () => {
    for (const id of ['1', '2']) void add(id, id);
    const failed = Promise.allSettled([add('3', 'c'), add('4', 'd')]);
    await statement(0).end(rowsOf(statement(0)));
    await statement(2).end(Object.assign(new Error('ambiguous'), { code: '42702' }));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(statements).toHaveLength(3);
  });

  test('tells all of a statement when Postgres was away, whose outcome nobody knows, and goes on', async () => {
    for (const id of ['1', '2']) void add(id, id);
    const lost = Promise.allSettled([add('3', 'c'), add('4', 'd')]);
    const later = add('5', 'c');
    await statement(0).end(rowsOf(statement(0)));
    await statement(2).end(new StorageUnavailable(new Error('gone')));
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(ids()[3]).toEqual(['5']);
    await statement(3).end([row('5')]);
    expect((await later)?.message).toBe('5');
  });

  test('is bounded: at most 32 together, at most 10,000 that wait, for at most 2 s', async () => {
    for (const id of ['1', '2']) void add(id, id);
    const waiting = Array.from({ length: 10_000 }, (_, index) => add(`w${index}`, `w${index}`));
    const settled = Promise.allSettled(waiting);
    await expect(async () => add('more', 'more')).rejects.toThrow(StorageUnavailable);
    await statement(0).end(rowsOf(statement(0)));
    expect(statement(2).ids).toHaveLength(32);
    now = 2_001;
    await statement(1).end(rowsOf(statement(1)));
    await statement(2).end(rowsOf(statement(2)));
    const outcomes = (await settled).map(({ status }) => status);
    expect(outcomes.filter((status) => status === 'fulfilled')).toHaveLength(32);
    expect(statements).toHaveLength(3);
  });
});
