import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: readonly [RunningService, RunningService];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = await Promise.all([stack.start(), stack.start()]);
}, 60_000);
afterAll(() => stack?.stop());

const WRITERS = 4;
const SENDS = 40;

/**
 * Writers and readers on both services at once. Every read that begins after a send was acknowledged, on either service,
 * must show that send: as long as Redis takes commands, no reader needs to say what it has seen.
 */
async function runWritersAndReaders(id: string, disturb: (sent: number) => Promise<unknown>) {
  let acknowledged = 0;
  let isOver = false;
  let cached = 0;
  const sentIds: string[] = [];
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let count = 0; count < SENDS; count += 1) {
      const sent = await (services[writer % 2] as RunningService).send(id, 'user-1', `${writer}/${count}`);
      expect(sent.status).toBe(201);
      acknowledged = Math.max(acknowledged, sent.body.version);
      sentIds.push(sent.body.message.id);
      await disturb(sentIds.length);
    }
  });
  const readers = Array.from({ length: 6 }, async (_, reader) => {
    let seen = 0;
    while (!isOver) {
      const atLeast = acknowledged;
      const { body } = await (services[reader % 2] as RunningService).read(id, 'user-2', 'limit=100');
      expect(body.version).toBeGreaterThanOrEqual(Math.max(atLeast, seen));
      const seqs: number[] = body.messages.map(({ seq }: { seq: number }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => body.version - index)); // gapless, and of one snapshot with the version
      seen = body.version;
      if (body.fromCache) cached += 1;
    }
  });
  await Promise.all(writers).finally(() => {
    isOver = true;
  });
  await Promise.all(readers);
  return { sentIds, cached };
}

async function readAll(service: RunningService, id: string): Promise<string[]> {
  const pages = await Promise.all([0, 100].map((offset) => service.read(id, 'user-1', `limit=100&offset=${offset}`)));
  return pages.flatMap(({ body }) => body.messages.map((message: { id: string }) => message.id));
}

test('two services under concurrent writers show every acknowledged send at once, in one gapless order', async () => {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const { sentIds, cached } = await runWritersAndReaders(id, async () => undefined);
  expect(cached).toBeGreaterThan(0);
  for (const service of services) expect((await readAll(service, id)).sort()).toEqual(sentIds.toSorted());
});

test('the same holds while Redis is flushed and loses markers and pages one by one', async () => {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const losses = [
    () => stack.redisClient.flushall(),
    () => stack.redisClient.del(`msg:version:${id}`),
    () => stack.redisClient.del(`msg:history:${id}:100:0`),
  ];
  const { sentIds, cached } = await runWritersAndReaders(id, async (sent) => losses[sent % 7]?.());
  expect(cached).toBeGreaterThan(0);
  for (const service of services) expect((await readAll(service, id)).sort()).toEqual(sentIds.toSorted());
});

test('whoever passes the version they have seen reads their writes on both services, also while Redis is away and back', async () => {
  const id = await stack.createConversation(['user-1', 'user-2']);
  for (const disturb of [() => stack.redis.suspend(), () => stack.redis.resume(), () => stack.redis.suspend()]) {
    disturb();
    for (let count = 0; count < 10; count += 1) {
      const sent = await services[count % 2 === 0 ? 0 : 1].send(id, 'user-1', `${count}`);
      for (const service of services) {
        const read = await service.read(id, 'user-1', `minVersion=${sent.body.version}`);
        expect(read.body.version).toBeGreaterThanOrEqual(sent.body.version);
      }
    }
  }
  stack.redis.resume();
  for (const service of services) {
    await eventually('the service reaches Redis', async () => (await service.get('/health/cache')).status === 200);
    expect((await service.read(id, 'user-1', 'minVersion=30')).body.version).toBe(30);
  }
});
