import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { buildClientFrame, findCloseCode, openRawSocket } from '../testing/raw-socket.ts';
import { openSocket } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

const countSockets = async () => {
  const text = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  return Number(/^realtime_connections (\d+)/m.exec(text)?.[1]);
};

const conversationId = 'conv-1';

describe('a frame that is not one of the protocol closes with 3500', () => {
  test.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['deep lists', '['.repeat(16_000)],
    ['deep objects', `${'{"type":'.repeat(1_500)}1${'}'.repeat(1_500)}`],
    ['an unknown type', '{"type":"shout"}'],
    ['a type of the service', JSON.stringify({ type: 'welcome', userId: 'user-1', pingSeconds: 25 })],
    ['a field too many', JSON.stringify({ type: 'subscribe', conversationId, userId: 'user-2' })],
    ['a field of another type', JSON.stringify({ type: 'subscribe', conversationId, seq: '1' })],
    ['a field that is missing', JSON.stringify({ type: 'read', conversationId })],
    ['a negative seq', JSON.stringify({ type: 'subscribe', conversationId, seq: -1 })],
    ['a seq beyond what is exact', JSON.stringify({ type: 'read', conversationId, seq: 2 ** 60 })],
    ['a version without a seq', JSON.stringify({ type: 'subscribe', conversationId, version: 1 })],
    ['an id with control characters', JSON.stringify({ type: 'typing', conversationId: 'a\nb' })],
    ['a prototype', '{"__proto__":{"type":"unsubscribe","conversationId":"conv-1"}}'],
  ])('%s', async (_name, text) => {
    const client = await openSocket(service.url, 'user-1');
    client.send(text);
    expect(await client.closed).toBe(3500);
  });

  test('binary data', async () => {
    const client = await openSocket(service.url, 'user-1');
    client.ws.send(Buffer.from('{"type":"unsubscribe","conversationId":"conv-1"}'));
    expect(await client.closed).toBe(3500);
  });
});

describe('a frame that breaks the protocol of WebSockets closes with its code', () => {
  test('1 MiB: 1009', async () => {
    const client = await openSocket(service.url, 'user-1');
    client.ws.send('x'.repeat(1_024 * 1_024));
    expect(await client.closed).toBe(1009);
  });

  test('a little more than 16 KiB: 1009; in many pieces: also', async () => {
    const whole = await openSocket(service.url, 'user-1');
    whole.ws.send('x'.repeat(16 * 1_024 + 1));
    const pieces = await openSocket(service.url, 'user-1');
    for (let piece = 0; piece < 20; piece += 1) pieces.ws.send('x'.repeat(1_024), { fin: false });
    expect([await whole.closed, await pieces.closed]).toEqual([1009, 1009]);
  });

  test('text that is no UTF-8: 1007', async () => {
    const raw = await openRawSocket(service.url, 'user-1');
    raw.write(buildClientFrame(1, Buffer.from([0xff, 0xfe])));
    expect(findCloseCode(await raw.ended)).toBe(1007);
  });

  test('an opcode that there is not: 1002', async () => {
    const raw = await openRawSocket(service.url, 'user-1');
    raw.write(buildClientFrame(3, Buffer.alloc(0)));
    expect(findCloseCode(await raw.ended)).toBe(1002);
  });
});

describe('too many frames close with 3503', () => {
  test('a hundred bursts of a hundred subscribes', async () => {
    const client = await openSocket(service.url, 'user-1');
    for (let burst = 0; burst < 100; burst += 1) {
      for (let index = 0; index < 100; index += 1) client.send({ type: 'subscribe', conversationId });
    }
    expect(await client.closed).toBe(3503);
  });

  test('a flood of pings, whose pongs nobody reads', async () => {
    const raw = await openRawSocket(service.url, 'user-1');
    raw.write(Buffer.concat(Array.from({ length: 5_000 }, () => buildClientFrame(9, Buffer.alloc(100)))));
    expect(findCloseCode(await raw.ended)).toBe(3503);
  });
});

test('what was closed for its frames is gone, and the others go on', async () => {
  await eventually('all sockets are gone', async () => (await countSockets()) === 0);
  const client = await openSocket(service.url, 'user-1');
  expect(await client.subscribe(conversationId)).toMatchObject({ recovered: true });
  await client.close();
});
