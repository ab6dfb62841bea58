import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createChatClient } from '@chatstack/client/chat-client.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

let stack: StackUnderTest;
let service: RunningService;
let conversationId: string;
/** Where the client connects to, and the port of the service behind it. */
let front: CuttingProxy;
let servicePort: number;
/** Stands between a service and PgBouncer. */
let database: CuttingProxy;
let environment: Record<string, string>;

beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  database = await startCuttingProxy(() => stack.pgbouncer.port);
  const url = String(stack.environment.DATABASE_URL).replace(`:${stack.pgbouncer.port}/`, `:${database.port}/`);
  environment = { ...(stack.environment as Record<string, string>), DATABASE_URL: url };
});
afterAll(async () => {
  await stack?.stop();
  await database?.stop();
});
// A port of its own for each test: fetch keeps connections, and one kept would lead to the service of the test before.
beforeEach(async () => {
  front = await startCuttingProxy(() => servicePort);
  servicePort = service.port;
  conversationId = await stack.createConversation(['user-1', 'user-2']);
});

afterEach(() => front.stop());

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

  test('when the service loses its connection to PgBouncer after COMMIT and answers 503', async () => {
    servicePort = (await stack.start(environment)).port;
    await expectStoredOnce(() => database.lose('precious', 'cut'));
  });

  test('when the service is killed after COMMIT and another one is asked', async () => {
    const env = { PATH: process.env.PATH, ...environment };
    const child = spawn(process.execPath, ['service/main.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      servicePort = await readPort(child.stdout);
      const kill = () => {
        child.kill('SIGKILL');
        servicePort = service.port;
      };
      await expectStoredOnce(() => database.lose('precious', 'silence', kill));
      expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** The port of a service in a process of its own, once it is ready. */
async function readPort(output: NodeJS.ReadableStream): Promise<number> {
  let port: number | undefined;
  for await (const text of createInterface({ input: output })) {
    const line = JSON.parse(text) as { msg: string; port?: number };
    if (line.msg === 'listening') port = line.port;
    if (line.msg === 'ready' && port !== undefined) return port;
  }
  throw new Error('Expected the service to become ready, found its end');
}
