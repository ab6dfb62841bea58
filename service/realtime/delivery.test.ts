import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSocket } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: readonly [RunningService, RunningService];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = await Promise.all([stack.start(), stack.start()]);
}, 60_000);
afterAll(() => stack?.stop());

describe('a socket that follows a conversation', () => {
  test('is told messages of both replicas, in order', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    const [here, there] = services;
    const client = await openSocket(here.url, 'user-1');
    expect(await client.next('welcome')).toEqual({ type: 'welcome', userId: 'user-1', pingSeconds: 25 });
    expect(await client.subscribe(id)).toMatchObject({
      recovered: true,
      seq: 0,
      version: 0,
      messages: [],
      changed: [],
    });
    for (const service of [here, there, here, there]) await service.send(id, 'user-2', 'x');
    await client.next('message', ({ message }) => message.seq === 4);
    const told = client.frames.filter(({ type }) => type === 'message');
    expect(told).toMatchObject([1, 2, 3, 4].map((seq) => ({ version: seq, message: { seq } })));
    await client.close();
  });
});
