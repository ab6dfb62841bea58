import { createCaller } from '@chatstack/service/testing/caller.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CuttingProxy, startCuttingProxy } from '../client/cutting-proxy.ts';
import { type SeverableLink, startSeverableLink } from '../engines/severable-link.ts';
import { startReplica } from './replica.ts';

/*
 * What a process could not announce, another one does: the readers below pass no version, so they see the change only once
 * it was announced. Their page lives for 27 s at least, so what comes earlier is no expiry.
 */

let stack: StackUnderTest;
let reader: RunningService;
let toRedis: SeverableLink;
let toPostgres: CuttingProxy;
let id: string;
beforeAll(async () => {
  stack = await startStackUnderTest();
  reader = await stack.start();
  toRedis = await startSeverableLink(() => stack.redis.port);
  toPostgres = await startCuttingProxy(() => stack.pgbouncer.port);
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([toRedis?.stop(), toPostgres?.stop()]);
});
beforeEach(async () => {
  id = await stack.createConversation(['user-1', 'user-2']);
  await reader.send(id, 'user-1', 'one');
  await untilCached(1);
});

async function readPlainly() {
  const { body } = await reader.read(id, 'user-2');
  return { version: body.version as number, fromCache: body.fromCache as boolean };
}

/** A busy machine may keep Redis from answering in time, and then no page is stored: so more than one read may be needed. */
async function untilCached(version: number): Promise<void> {
  await eventually('its page is in the cache', async () => {
    const page = await readPlainly();
    expect(page.version).toBe(version);
    return page.fromCache;
  });
}

const countRows = async () => Number((await stack.query('select count(*) as rows from outbox'))[0]?.rows);

const throughLinks = () => ({
  ...stack.environment,
  DATABASE_PATIENCE_SECONDS: '3',
  REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
  DATABASE_URL: String(stack.environment.DATABASE_URL).replace(`:${stack.pgbouncer.port}/`, `:${toPostgres.port}/`),
});

/** The reader sees a version, without having been told of it, in much less time than its page lives. */
async function expectRelayed(version: number): Promise<void> {
  const since = performance.now();
  await eventually(`version ${version} is seen`, async () => (await readPlainly()).version === version);
  expect(performance.now() - since).toBeLessThan(15_000); // 2 s on a machine that has nothing else to do
  await eventually('no row is left', async () => (await countRows()) === 0);
  await untilCached(version);
}

describe('a change that was committed and not announced', () => {
  test('because its process was killed in between, is announced by another one', async () => {
    const sender = await startReplica(throughLinks());
    try {
      const killed = Promise.withResolvers<void>();
      const lost = toPostgres.lose('precious', 'silence', () => void sender.kill().then(killed.resolve, killed.reject));
      const sent = createCaller(sender.url).send(id, 'user-1', 'precious');
      await expect(sent).rejects.toThrow();
      await Promise.all([lost, killed.promise]);
      expect(await countRows()).toBe(1);
      await expectRelayed(2);
    } finally {
      await sender.stop();
    }
  });

  test('because its process alone cannot reach Redis, is announced by another one, and the sender never sees less', async () => {
    const sender = await stack.start(throughLinks());
    await sender.read(id, 'user-1');
    toRedis.sever();
    try {
      const sent = await sender.send(id, 'user-1', 'two');
      expect([sent.status, sent.body.version]).toEqual([201, 2]);
      expect((await sender.read(id, 'user-1')).body).toMatchObject({ version: 2, fromCache: false });
      await expectRelayed(2);
      expect((await sender.read(id, 'user-1')).body).toMatchObject({ version: 2, fromCache: false });
    } finally {
      toRedis.mend();
    }
    await eventually('the sender uses the cache again', async () => (await sender.read(id, 'user-1')).body.fromCache);
    expect((await sender.read(id, 'user-1')).body.version).toBe(2);
    await sender.stop();
  });

  test('because Redis was away for all, is announced when it is back', async () => {
    stack.redis.suspend();
    try {
      await reader.send(id, 'user-1', 'two');
      await eventually('its row is told to be old', async () => (await readMetric('outbox_oldest_seconds')) > 1);
    } finally {
      stack.redis.resume();
    }
    await eventually('no row is left', async () => (await countRows()) === 0);
    await eventually('the age is 0', async () => (await readMetric('outbox_oldest_seconds')) === 0);
    await eventually('the cache serves it', async () => (await readPlainly()).fromCache);
    expect((await readPlainly()).version).toBe(2);
  });

  test('ten thousand times, in many conversations, is announced while the service goes on', async () => {
    const relayed = await readMetric('outbox_relayed_total');
    await stack.query(
      `with bumped as (update conversation set version = version + 1 where id = $1 returning version)
       insert into outbox (conversation_id, version, created_at)
       select case when n % 100 = 0 then $1 else 'conversation-' || n % 997 end,
         case when n % 100 = 0 then (select version from bumped) else n end, now() - interval '2 seconds'
       from generate_series(1, 10000) n`,
      [id],
    );
    for (let before = 10_000; before > 0; ) {
      await eventually('there are fewer rows', async () => (await countRows()) < before);
      before = await countRows();
      expect((await reader.get('/health/ready')).status).toBe(200);
    }
    await eventually('it is told', async () => (await readMetric('outbox_relayed_total')) > relayed);
    expect((await readPlainly()).version).toBe(2);
  });
});

describe('an announcement that comes twice', () => {
  test('changes nothing: no page becomes older, and a later version stays', async () => {
    await reader.send(id, 'user-1', 'two');
    await reader.send(id, 'user-1', 'three');
    await untilCached(3);
    await stack.query(
      `insert into outbox (conversation_id, version, created_at)
       select $1, v, now() - interval '2 seconds' from generate_series(1, 3) v`,
      [id],
    );
    const seen = new Set<number>();
    await eventually('no row is left', async () => {
      seen.add((await readPlainly()).version);
      return (await countRows()) === 0;
    });
    expect([...seen]).toEqual([3]);
  });
});

describe('a service without Redis', () => {
  test('leaves the rows of the others to them', async () => {
    const alone = await startStackUnderTest();
    try {
      await alone.start({ ENABLE_REDIS_CACHE: 'false', REDIS_URL: '' });
      await alone.query(
        `insert into outbox (conversation_id, version, created_at)
         values ('conv-1', 1, now() - interval '100 seconds'), ('conv-1', 2, now() - interval '200 seconds')`,
      );
      const versions = async () => (await alone.query('select version from outbox')).map(({ version }) => version);
      await eventually('what nobody needs is gone', async () => (await versions()).length === 1);
      expect(await versions()).toEqual(['1']);
    } finally {
      await alone.stop();
    }
  });
});

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${reader.metricsPort}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}
