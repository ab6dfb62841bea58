import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

type Services = readonly [RunningService, RunningService];

let stack: StackUnderTest;
let services: Services;
let keepers: Services;
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = await Promise.all([stack.start({ CACHE_LOCAL_BYTES: '0' }), stack.start({ CACHE_LOCAL_BYTES: '0' })]);
  keepers = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());

const WRITERS = 4;
const SENDS = 40;

// The 1.5 s for which a stream counts as healthy, and as much again for a Redis that pauses and a busy machine.
const STALENESS = 3_000;

/** What the readers of a run do: ask two services, and say or do not say which version they have seen. */
type Readers = { readonly services: Services; readonly saysSeen: boolean };

/**
 * Writers and readers on both services at once. Every read that begins after a send was acknowledged, on either service,
 * must show that send: by services that keep no pages themselves, as long as Redis takes commands, no reader needs to say
 * what it has seen; by services that keep pages, whoever says it is shown it.
 */
async function runWritersAndReaders(
  id: string,
  disturb: (sent: number) => Promise<unknown>,
  { services: asked, saysSeen }: Readers = { services, saysSeen: false },
) {
  let acknowledged = 0;
  let isOver = false;
  let cached = 0;
  const sentIds: string[] = [];
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let count = 0; count < SENDS; count += 1) {
      const sent = await (asked[writer % 2] as RunningService).send(id, 'user-1', `${writer}/${count}`);
      expect(sent.status).toBe(201);
      acknowledged = Math.max(acknowledged, sent.body.version);
      sentIds.push(sent.body.message.id);
      await disturb(sentIds.length);
    }
  });
  const readers = Array.from({ length: 6 }, async (_, reader) => {
    let seen = 0;
    while (!isOver) {
      const atLeast = Math.max(acknowledged, seen);
      const query = saysSeen ? `limit=100&minVersion=${atLeast}` : 'limit=100';
      const { body } = await (asked[reader % 2] as RunningService).read(id, 'user-2', query);
      expect(body.version).toBeGreaterThanOrEqual(atLeast);
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

/** Stops Redis for long enough that commands fail and streams lapse. */
function pauseRedis(): void {
  stack.redis.suspend();
  setTimeout(() => stack.redis.resume(), 700);
}

async function readAll(service: RunningService, id: string, minVersion = 0): Promise<string[]> {
  const ask = (offset: number) => service.read(id, 'user-1', `limit=100&offset=${offset}&minVersion=${minVersion}`);
  const pages = await Promise.all([0, 100].map(ask));
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

test('services that keep pages show whoever says what they have seen every acknowledged send, while Redis loses all and ends streams', async () => {
  const id = await stack.createConversation(['user-1', 'user-2', 'user-3']);
  const losses = [
    () => stack.redisClient.flushall(),
    () => stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB'),
    () => stack.redisClient.del(`msg:version:${id}`),
  ];
  const readers = { services: keepers, saysSeen: true };
  const { sentIds, cached } = await runWritersAndReaders(id, async (sent) => losses[sent % 11]?.(), readers);
  expect(cached).toBeGreaterThan(0);
  for (const service of keepers)
    expect((await readAll(service, id, sentIds.length)).sort()).toEqual(sentIds.toSorted());
});

test('services that keep pages show plain readers every send after a while, also while streams end and Redis pauses', async () => {
  const id = await stack.createConversation(['user-1', 'user-2', 'user-3']);
  const acknowledged: { version: number; at: number }[] = [];
  const end = performance.now() + 6_000;
  const writer = async () => {
    for (let count = 0; performance.now() < end; count += 1) {
      const { body } = await keepers[count % 2 === 0 ? 0 : 1].send(id, 'user-1', `${count}`);
      acknowledged.push({ version: body.version, at: performance.now() });
      if (count % 40 === 0) await stack.redisClient.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      if (count % 60 === 30) pauseRedis();
    }
  };
  const readers = Array.from({ length: 4 }, async (_, reader) => {
    while (performance.now() < end) {
      const due = acknowledged.findLast(({ at }) => at < performance.now() - STALENESS)?.version ?? 0;
      const { body } = await keepers[reader % 2 === 0 ? 0 : 1].read(id, 'user-2');
      expect(body.version).toBeGreaterThanOrEqual(due);
    }
  });
  await Promise.all([writer(), ...readers]);
  expect(acknowledged.length).toBeGreaterThan(60);
});

test.each([
  ['that keep no pages', () => services],
  ['that keep pages', () => keepers],
])(
  'whoever passes the version they have seen reads their writes on both services %s, also while Redis is away and back',
  async (_which, choose) => {
    const services = choose();
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
  },
);
