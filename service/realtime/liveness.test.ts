import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { follow } from '../testing/follower.ts';
import { findCloseCode, openRawSocket } from '../testing/raw-socket.ts';
import { openSocket } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let impatient: RunningService;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  [service, impatient] = await Promise.all([
    stack.start(),
    stack.start({ WS_PING_SECONDS: '1', WS_PONG_SECONDS: '3', WS_AUTHENTICATE_SECONDS: '1' }),
  ]);
});
afterAll(() => stack?.stop());

const readMetric = async ({ metricsPort }: RunningService, name: string) => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
};

describe('a connection', () => {
  test('that answers pings stays, one that does not is closed with 3002', async () => {
    const client = await openSocket(impatient.url, 'user-1');
    let pings = 0;
    client.ws.on('ping', () => {
      pings += 1;
    });
    const dead = await openRawSocket(impatient.url, 'user-2');
    expect(findCloseCode(await dead.ended)).toBe(3002);
    await eventually('pings go on', async () => pings >= 3);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
    await client.close();
    expect(await readMetric(impatient, 'realtime_closes_total\\{code="3002"\\}')).toBe(1);
  });

  test('of which nobody reads any more is gone within seconds', async () => {
    const half = await openRawSocket(impatient.url, 'user-2');
    half.socket.pause();
    await eventually('it is forgotten', async () => (await readMetric(impatient, 'realtime_connections')) === 0);
    half.socket.destroy();
  });

  test('of which it is not known whose it is is closed with 3501', async () => {
    const client = await openSocket(impatient.url, '', { query: '' });
    expect(await client.closed).toBe(3501);
    expect(client.frames).toEqual([]);
  });
});

test('a reader that is too slow is closed with 3001, costs a bounded amount of memory, and harms no other', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => stack.createConversation(['user-1', 'user-2'])));
  const [slow, quick] = await Promise.all([openSocket(service.url, 'user-1'), openSocket(service.url, 'user-1')]);
  for (const id of ids) await Promise.all([slow.subscribe(id), quick.subscribe(id)]);
  slow.ws.pause();
  const { arrayBuffers } = process.memoryUsage();
  const countClosed = () => readMetric(service, 'realtime_closes_total\\{code="3001"\\}');
  let rounds = 0;
  // What the kernel keeps for both ends, some megabytes, is filled first.
  for (; (await countClosed()) === 0 && rounds < 300; rounds += 1) {
    await Promise.all(ids.map((id) => service.send(id, 'user-2', 'x'.repeat(9_900))));
  }
  expect(await countClosed()).toBe(1);
  expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(64 * 1_024 * 1_024);
  slow.ws.resume();
  expect(await slow.closed).toBe(3001);
  for (const id of ids) {
    await eventually('the other one has everything', async () => follow(quick.frames, id).seq === rounds);
  }
  await quick.close();
});
