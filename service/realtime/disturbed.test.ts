import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerFrame } from '../realtime/frames.ts';
import { eventually } from '../testing/eventually.ts';
import { type Followed, follow } from '../testing/follower.ts';
import { openSocket, type SocketClient } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: readonly [RunningService, RunningService];
beforeAll(async () => {
  stack = await startStackUnderTest();
  const usual = { DATABASE_PATIENCE_SECONDS: '3' };
  services = await Promise.all([stack.start(usual), stack.start(usual)]);
});
afterAll(() => stack?.stop());

const WRITERS = 8;

/** Eight writers on both replicas that send until they are told to stop; answers how many messages were acknowledged. */
function startWriters(id: string) {
  let isOver = false;
  let acknowledged = 0;
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let count = 0; !isOver; count += 1) {
      const { status } = await (services[writer % 2] as RunningService).send(
        id,
        `user-${(writer % 2) + 1}`,
        `${writer}/${count}`,
      );
      expect(status).toBe(201);
      acknowledged += 1;
    }
  });
  return {
    acknowledged: () => acknowledged,
    stop: async () => {
      isOver = true;
      await Promise.all(writers);
      return acknowledged;
    },
  };
}

/** A client that loses its connection again and again and comes back with what it has seen, to either replica. */
function startRestlessReader(id: string) {
  let isOver = false;
  let known: Pick<Followed, 'seq' | 'version'> = { seq: 0, version: 0 };
  const contents = new Map<number, string>();
  const run = async () => {
    for (let round = 0; !isOver; round += 1) {
      const client = await openSocket((services[round % 2] as RunningService).url, 'user-2');
      const { seq, version } = known;
      client.send({ type: 'subscribe', conversationId: id, seq, version });
      await sleep(20 + (round % 5) * 30); // at whatever moment
      client.ws.terminate();
      await client.closed;
      const followed = follow(client.frames, id, known);
      expect(followed.unrecovered).toBe(0);
      for (const [at, content] of followed.contents) contents.set(at, content);
      known = followed;
    }
  };
  const done = run();
  return {
    stop: async () => {
      isOver = true;
      await done;
      return { ...known, contents };
    },
  };
}

const newest = (frames: readonly ServerFrame[], id: string) => follow(frames, id).seq;

/** Runs writers and readers while something is done to Redis; all that was acknowledged must reach everybody, once and in order. */
async function runWhile(disturb: () => Promise<void>): Promise<void> {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const clients: SocketClient[] = [];
  for (const service of services) {
    const client = await openSocket(service.url, 'user-1');
    await client.subscribe(id, { seq: 0, version: 0 });
    clients.push(client);
  }
  const restless = startRestlessReader(id);
  const writers = startWriters(id);
  await eventually('writers are at work', async () => writers.acknowledged() > 30);
  const before = writers.acknowledged();
  await disturb();
  expect(writers.acknowledged()).toBeGreaterThan(before);
  const total = await writers.stop();
  await eventually('every follower has everything', async () =>
    clients.every(({ frames }) => newest(frames, id) === total),
  );
  for (const { frames } of clients) {
    const { contents, unrecovered } = follow(frames, id);
    expect([contents.size, new Set(contents.values()).size, unrecovered]).toEqual([total, total, 0]);
  }
  const { seq, contents } = await restless.stop();
  const last = await openSocket(services[0].url, 'user-2');
  const { messages } = await last.subscribe(id, { seq, version: seq });
  expect(contents.size + messages.length).toBe(total);
  for (const client of [...clients, last]) await client.close();
}

test('eight writers on two replicas reach every follower in one order', async () => {
  await runWhile(() => sleep(1_000));
});

test('nothing is lost, doubled or out of order while Redis is flushed', async () => {
  await runWhile(async () => {
    for (let round = 0; round < 10; round += 1) {
      await stack.redisClient.flushall();
      await sleep(50);
    }
  });
});

test('nothing is lost, doubled or out of order while Redis throws its clients out', async () => {
  await runWhile(async () => {
    for (let round = 0; round < 5; round += 1) {
      await stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await sleep(200);
    }
  });
});

test('nothing is lost, doubled or out of order while Redis stands still', async () => {
  await runWhile(async () => {
    stack.redis.suspend();
    await sleep(3_000);
    stack.redis.resume();
    await sleep(200);
  });
});

test('nothing is lost, doubled or out of order while Redis dies and comes back empty', async () => {
  await runWhile(async () => {
    await stack.redis.kill();
    await sleep(1_000);
    await stack.redis.restart();
    await sleep(200);
  });
});

test('while Redis is away, followers of the other replica learn from Postgres within seconds', async () => {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const client = await openSocket(services[1].url, 'user-1');
  await client.subscribe(id);
  await stack.redis.kill();
  try {
    await services[0].send(id, 'user-2', 'no Redis tells this');
    const { messages } = await client.next('subscribed');
    expect(messages.map(({ content }) => content)).toEqual(['no Redis tells this']);
  } finally {
    await stack.redis.restart();
    await client.close();
  }
});

test('while Postgres is away nobody is let in, and what happened is told when it is back', async () => {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const client = await openSocket(services[0].url, 'user-1');
  await client.subscribe(id);
  stack.pgbouncer.suspend();
  try {
    // Another process writes, and all that is heard of it is a version.
    await stack.query(
      `insert into message (id, conversation_id, seq, user_id, message_type, content)
        values (gen_random_uuid(), $1, 1, 'user-2', 'TEXT', 'meanwhile')`,
      [id],
    );
    await stack.query('update conversation set last_seq = 1, version = 1 where id = $1', [id]);
    await stack.redisClient.publish('chat:events', `elsewhere\n1\n\n${id}\n`);
    client.send({ type: 'subscribe', conversationId: 'conv-1' });
    expect(await client.next('error')).toMatchObject({ code: 'storage-unavailable', conversationId: 'conv-1' });
  } finally {
    stack.pgbouncer.resume();
  }
  const { messages, version } = await client.next('subscribed', ({ conversationId }) => conversationId === id);
  expect([messages.map(({ content }) => content), version]).toEqual([['meanwhile'], 1]);
  expect(await client.subscribe('conv-1')).toMatchObject({ recovered: true });
  await client.close();
});
