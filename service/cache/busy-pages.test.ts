import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import type { PageSource } from './history-reader.ts';

// A service that keeps pages itself, beside another one on the same Redis. What the first reads from Postgres is counted, and can
// be held.

let stack: StackUnderTest;
let near: RunningService;
let far: RunningService;
let loads: string[];
let gate: Promise<void> | undefined;

const counted =
  (source: PageSource): PageSource =>
  async (address) => {
    loads.push(`${address.conversationId} ${address.limit}`);
    await gate;
    return source(address);
  };

beforeAll(async () => {
  stack = await startStackUnderTest();
  near = await stack.start({}, counted);
  far = await stack.start();
});
afterAll(() => stack?.stop());
beforeEach(() => {
  loads = [];
  gate = undefined;
});

const read = async (service: RunningService, id: string, query = '') => {
  const { body } = await service.read(id, 'user-1', query);
  return { version: body.version, fromCache: body.fromCache };
};

/** A conversation with one message, whose newest page was answered from this process so many times. */
async function createRead(times: number): Promise<string> {
  const id = await stack.createConversation(['user-1', 'user-2']);
  await near.send(id, 'user-1', 'one');
  await readOften(id, times);
  return id;
}

async function readOften(id: string, times: number, query = ''): Promise<void> {
  // An event that arrives during a load voids it; then the next read loads once more.
  await eventually('the page is kept', async () => {
    await stack.redisClient.del(`msg:history:${id}:50:0`); // so that a hit is one of the process
    return (await read(near, id, query)).fromCache;
  });
  for (let reads = 1; reads < times; reads += 1) await read(near, id, query);
}

describe('the page of a busy conversation', () => {
  test('is read anew after a send by this process: the next reader gets it from the cache, here and elsewhere', async () => {
    const id = await createRead(5);
    loads = [];
    expect((await near.send(id, 'user-2', 'two')).body.version).toBe(2);
    await eventually('it is read anew', async () => loads.length === 1);
    await eventually('it is there', async () => (await stack.redisClient.exists(`msg:history:${id}:50:0`)) === 1);
    expect(await read(far, id)).toEqual({ version: 2, fromCache: true });
    expect(await read(near, id, 'minVersion=2')).toEqual({ version: 2, fromCache: true });
    expect(loads).toEqual([`${id} 50`]);
  });

  test('is waited for by whoever reads meanwhile, with one load for all', async () => {
    const id = await createRead(5);
    loads = [];
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    await near.send(id, 'user-2', 'two');
    await eventually('the load has begun', async () => loads.length === 1);
    const readers = Array.from({ length: 5 }, () => read(near, id));
    held.resolve();
    for (const reader of readers) expect((await reader).version).toBe(2);
    expect(loads).toHaveLength(1);
  });

  test('is read in one of its sizes, the one that was read most', async () => {
    const id = await createRead(4);
    await readOften(id, 9, 'limit=20');
    await readOften(id, 5, 'limit=30');
    loads = [];
    await near.send(id, 'user-2', 'two');
    await eventually('the page that is read most is there', async () => (await read(near, id, 'limit=20')).fromCache);
    expect(loads).toEqual([`${id} 20`]);
  });

  test('is not read anew where nobody came back for it', async () => {
    const id = await createRead(2);
    const busy = await createRead(5);
    loads = [];
    await near.send(id, 'user-2', 'two');
    await near.send(busy, 'user-2', 'two'); // changes are told in their order, so by now the first one's page would be read
    await eventually('the busy one is read anew', async () => loads.length > 0);
    expect(loads).toEqual([`${busy} 50`]);
    expect(await read(near, id)).toEqual({ version: 2, fromCache: false });
  });

  test('leaves most connections to those who wait: four are read at once, and the others by their readers', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 6; made += 1) ids.push(await createRead(5));
    loads = [];
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    for (const id of ids) expect((await near.send(id, 'user-2', 'two')).status).toBe(201);
    await eventually('loads are under way', async () => loads.length === 4);
    const last = read(near, ids[5] as string);
    await eventually('the reader loads by itself', async () => loads.length === 5);
    held.resolve();
    expect(await last).toEqual({ version: 2, fromCache: false });
    expect(new Set(loads).size).toBe(5);
  });
});
