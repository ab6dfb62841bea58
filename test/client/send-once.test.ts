import { createChatClient } from '@chatstack/client/chat-client.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

let stack: StackUnderTest;
let service: RunningService;
let conversationId: string;
/** Stands between the client and the service. */
let front: CuttingProxy;

beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  front = await startCuttingProxy(service.port);
}, 60_000);
afterAll(async () => {
  await front?.stop();
  await stack?.stop();
});
beforeEach(async () => {
  conversationId = await stack.createConversation(['user-1', 'user-2']);
});

const clientOf = (timeoutMs = 10_000) =>
  createChatClient({ baseUrl: `http://127.0.0.1:${front.port}`, userId: 'user-1', timeoutMs });

/** Sends around the lost one; all three are there once, in order, without gaps, and everybody reads them. */
async function expectStoredOnce(lose: () => Promise<void>, client = clientOf()): Promise<void> {
  await client.send({ conversationId, content: 'earlier' });
  const lost = lose();
  const { message } = await client.send({ conversationId, content: 'precious' });
  await lost; // otherwise nothing was tested
  expect(message).toMatchObject({ seq: 2, content: 'precious', userId: 'user-1' });
  await client.send({ conversationId, content: 'later' });
  const told = ['later', 'precious', 'earlier'].map((content, index) => ({ content, seq: 3 - index }));
  expect(await client.history({ conversationId })).toMatchObject({ messages: told, version: 3 });
  expect((await service.read(conversationId, 'user-2', 'after=0')).body).toMatchObject({ messages: told, version: 3 });
  const rows = await stack.query('select id from message where conversation_id = $1 and seq = 2', [conversationId]);
  expect(rows).toEqual([{ id: message.id }]);
}

describe('a send whose message was stored and whose answer was lost is one message', () => {
  test('when the connection to the service is cut', async () => {
    await expectStoredOnce(() => front.lose('precious', 'cut'));
  });

  test('when no answer comes within the time limit', async () => {
    await expectStoredOnce(() => front.lose('precious', 'silence'), clientOf(1_000));
  });
});
