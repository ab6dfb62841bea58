import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { openSocket } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let here: RunningService;
let there: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  [here, there] = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());

const path = (id: string, what: string) => `/api/v1/chat/conversations/${id}/${what}`;
const readPresence = async (service: RunningService, id: string, userId: string) => {
  const { body } = await service.get(`${path(id, 'presence')}?userId=${userId}`);
  return Object.fromEntries(
    body.participants.map(({ userId: of, status, isTyping }: Record<string, unknown>) => [of, [status, isTyping]]),
  );
};

describe('presence', () => {
  test('is told to whoever shares a followed conversation, on both replicas, and is there to be read', async () => {
    const id = await stack.createConversation(['anna', 'ben', 'carl']);
    const [near, far] = await Promise.all([openSocket(here.url, 'anna'), openSocket(there.url, 'carl')]);
    await Promise.all([near.subscribe(id), far.subscribe(id)]);
    const ben = await openSocket(here.url, 'ben');
    for (const client of [near, far]) {
      expect(await client.next('presence', ({ userId }) => userId === 'ben')).toMatchObject({ status: 'online' });
    }
    expect(await readPresence(there, id, 'anna')).toEqual({
      anna: ['online', false],
      ben: ['online', false],
      carl: ['online', false],
    });
    await ben.close();
    for (const client of [near, far]) {
      expect(await client.next('presence', ({ userId }) => userId === 'ben')).toMatchObject({ status: 'offline' });
    }
    expect((await readPresence(there, id, 'anna')).ben).toEqual(['offline', false]);
    await Promise.all([near.close(), far.close()]);
  });

  test('does not flicker when a connection is lost and made again, or when another device is there', async () => {
    const id = await stack.createConversation(['dora', 'emil']);
    const watcher = await openSocket(here.url, 'dora');
    await watcher.subscribe(id);
    await (await openSocket(here.url, 'emil')).close();
    await (await openSocket(here.url, 'emil')).close();
    const elsewhere = await openSocket(there.url, 'emil');
    await (await openSocket(here.url, 'emil')).close();
    await watcher.next('presence');
    await elsewhere.close();
    await watcher.next('presence');
    const told = watcher.frames.flatMap((frame) => (frame.type === 'presence' ? [frame.status] : []));
    expect(told).toEqual(['online', 'offline']);
    await watcher.close();
  });

  test('expires: what a process said is over a minute after it died', async () => {
    const client = await openSocket(here.url, 'fay');
    await eventually('it is said', async () => (await stack.redisClient.exists('presence:fay')) === 1);
    expect(await stack.redisClient.pttl('presence:fay')).toBeLessThanOrEqual(60_000);
    expect(await stack.redisClient.pttl('presence:fay')).toBeGreaterThan(30_000);
    await client.close();
  });

  test('is for participants only, and unknown while Redis is away', async () => {
    const id = await stack.createConversation(['gus', 'hal', 'ida']);
    expect((await here.get(`${path(id, 'presence')}?userId=user-1`)).status).toBe(403);
    expect((await here.get(`${path('nowhere', 'presence')}?userId=user-1`)).status).toBe(404);
    const gus = await openSocket(here.url, 'gus');
    await gus.next('welcome');
    stack.redis.suspend();
    try {
      const seen = await readPresence(here, id, 'gus');
      expect([seen.gus?.[0], seen.hal?.[0]]).toEqual(['online', 'unknown']);
    } finally {
      stack.redis.resume();
    }
    await gus.close();
  });
});

describe('typing', () => {
  test('is told to the others at most once in 3 s, by frame or by request, on both replicas', async () => {
    const id = await stack.createConversation(['jon', 'kim']);
    const [jon, kim] = await Promise.all([openSocket(here.url, 'jon'), openSocket(there.url, 'kim')]);
    await Promise.all([jon.subscribe(id), kim.subscribe(id)]);
    const start = performance.now();
    for (let count = 0; count < 5; count += 1) jon.send({ type: 'typing', conversationId: id });
    expect(await kim.next('typing')).toEqual({ type: 'typing', conversationId: id, userId: 'jon', expiresInMs: 6_000 });
    expect((await there.put(path(id, 'typing'), { userId: 'jon' })).status).toBe(204);
    expect((await readPresence(there, id, 'kim')).jon).toEqual(['online', true]);
    expect((await here.put(path(id, 'typing'), { userId: 'kim' })).status).toBe(204);
    expect((await jon.next('typing')).userId).toBe('kim');
    await here.send(id, 'kim', 'done'); // comes behind whatever was told before
    await kim.next('message');
    const times = kim.frames.filter(({ type }) => type === 'typing').length;
    expect(times).toBeLessThanOrEqual(1 + Math.floor((performance.now() - start) / 3_000)); // once, unless the machine is slow
    expect(jon.frames.filter(({ type }) => type === 'typing')).toHaveLength(1);
    await Promise.all([jon.close(), kim.close()]);
  });

  test('is for participants who follow the conversation', async () => {
    const id = await stack.createConversation(['lea', 'max']);
    expect((await here.put(path(id, 'typing'), { userId: 'user-1' })).status).toBe(403);
    const client = await openSocket(here.url, 'user-1');
    client.send({ type: 'typing', conversationId: id });
    expect(await client.next('error')).toMatchObject({
      code: 'not-a-participant',
      conversationId: id,
      refused: 'typing',
    });
    await client.close();
  });
});

test('a read marker that a socket moves is told to the others, and only forward', async () => {
  const id = await stack.createConversation(['nia', 'oli']);
  for (let count = 0; count < 5; count += 1) await here.send(id, 'oli', 'x');
  const [nia, oli] = await Promise.all([openSocket(here.url, 'nia'), openSocket(there.url, 'oli')]);
  await Promise.all([nia.subscribe(id), oli.subscribe(id)]);
  nia.send({ type: 'read', conversationId: id, seq: 3 });
  expect(await oli.next('read')).toEqual({ type: 'read', conversationId: id, userId: 'nia', seq: 3 });
  nia.send({ type: 'read', conversationId: id, seq: 2 });
  nia.send({ type: 'read', conversationId: id, seq: 1_000 });
  expect(await oli.next('read')).toMatchObject({ seq: 5 });
  expect(
    await stack.query(`select last_read_seq from participant where conversation_id = $1 and user_id = 'nia'`, [id]),
  ).toEqual([{ last_read_seq: '5' }]);
  await Promise.all([nia.close(), oli.close()]);
});
