import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSocket } from '../testing/socket-client.ts';
import { type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await startStackUnderTest();
});
afterAll(() => stack?.stop());

const openMany = (url: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => openSocket(url, `user-${index}`)));

test('a drain tells each client when to come back, and closes it with 3000 about then, spread over the delay', async () => {
  const service = await stack.start({ SHUTDOWN_DELAY_SECONDS: '2' });
  const clients = await openMany(service.url, 40);
  const start = performance.now();
  const stopped = service.stop();
  const ends = await Promise.all(
    clients.map(async (client) => {
      const { inMs } = await client.next('reconnect');
      expect(await client.closed).toBe(3000);
      return { inMs, after: performance.now() - start };
    }),
  );
  const late = ends.map(({ inMs, after }) => after - inMs).sort((one, other) => one - other);
  expect(late[0]).toBeGreaterThan(-100);
  expect(late[late.length / 2]).toBeLessThan(1_000); // a busy machine may be late for some
  const moments = ends.map(({ inMs }) => inMs).sort((one, other) => one - other);
  expect(moments[0]).toBeLessThan(1_000);
  expect(moments.at(-1)).toBeGreaterThan(1_000);
  expect(moments.at(-1)).toBeLessThanOrEqual(1_800);
  await expect(openSocket(service.url, 'late')).rejects.toThrow(/503|ECONNREFUSED/);
  expect(await stopped).toBe(true);
});

test('without a delay everybody is closed at once, with different moments to come back', async () => {
  const service = await stack.start();
  const clients = await openMany(service.url, 20);
  const start = performance.now();
  const [isClean] = await Promise.all([service.stop(), ...clients.map(({ closed }) => closed)]);
  expect(isClean).toBe(true);
  expect(performance.now() - start).toBeLessThan(15_000); // SHUTDOWN_GRACE_SECONDS is 25
  const moments = new Set(clients.map(({ frames }) => JSON.stringify(frames.at(-1))));
  expect(moments.size).toBeGreaterThan(10);
});

test('a client that does not answer its close does not hold the end up', async () => {
  const service = await stack.start();
  const client = await openSocket(service.url, 'user-1');
  await client.next('welcome');
  client.ws.pause();
  const start = performance.now();
  expect(await service.stop()).toBe(true);
  expect(performance.now() - start).toBeLessThan(15_000); // SHUTDOWN_GRACE_SECONDS is 25
  client.ws.terminate();
});

test('what was acknowledged by a process that ends is there for a follower who comes back to another one', async () => {
  const [leaving, staying] = await Promise.all([stack.start(), stack.start()]);
  const id = await stack.createConversation(['user-1', 'user-2']);
  const client = await openSocket(leaving.url, 'user-1');
  await client.subscribe(id);
  await leaving.send(id, 'user-2', 'heard');
  const { version, message } = await client.next('message');
  const stopped = leaving.stop();
  await client.closed;
  await stopped;
  await staying.send(id, 'user-2', 'missed');
  const again = await openSocket(staying.url, 'user-1');
  const { messages } = await again.subscribe(id, { seq: message.seq, version });
  expect(messages.map(({ content }) => content)).toEqual(['missed']);
  await again.close();
});
