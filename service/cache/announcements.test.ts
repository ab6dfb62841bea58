import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../testing/eventually.ts';
import { Announcements } from './announcements.ts';
import { RedisConnection, RedisUnavailable } from './redis-connection.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { decodeEvent } from './stream-event.ts';

let engine: RedisEngine;
let connection: RedisConnection;
let client: Redis;
let subscriber: Redis;
let announcements: Announcements;
const heard: (string | undefined)[] = [];
beforeAll(async () => {
  engine = await startRedis();
  connection = new RedisConnection({ url: engine.url, password: undefined }, () => undefined);
  client = new Redis(engine.url);
  subscriber = new Redis(engine.url);
  subscriber.on('message', (_channel, message) => heard.push(decodeEvent(message)?.json));
  await subscriber.subscribe(EVENTS_CHANNEL);
  await eventually('Redis is reached', () => connection.isHealthy());
});
afterAll(async () => {
  connection?.close();
  client?.disconnect();
  subscriber?.disconnect();
  await engine?.stop();
});
beforeEach(async () => {
  await client.flushall();
  heard.length = 0;
  announcements = new Announcements(connection, { origin: 'n0nce', markerTtl: 60_000 });
});

const change = (conversationId: string, version: number) => ({
  conversationId,
  version,
  json: `${conversationId} ${version}`,
});
const versionOf = async (id: string) => Number((await client.get(`msg:version:${id}`))?.split(':')[1]);

async function countScripts(): Promise<number> {
  const stats = await client.info('commandstats');
  const calls = ['eval', 'evalsha'].map((name) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1]);
  return calls.reduce((sum, found) => sum + Number(found ?? 0), 0);
}

test('changes of one turn of the event loop are announced by one command, each with its marker and its event', async () => {
  await announcements.announce(change('warm', 1)); // from now on Redis knows the script
  await eventually('its event has come', async () => heard.splice(0).length === 1);
  await client.config('RESETSTAT');
  const changes = [change('a', 3), change('b', 7), change('a', 4), change('a', 2)];
  await Promise.all(changes.map((each) => announcements.announce(each)));
  expect(await countScripts()).toBe(1);
  expect([await versionOf('a'), await versionOf('b')]).toEqual([4, 7]);
  await eventually('all events have come', async () => heard.length === 4);
  expect(heard).toEqual(['a 3', 'b 7', 'a 4', 'a 2']);
});

test('more than 64 go in several commands', async () => {
  await client.config('RESETSTAT');
  await Promise.all(Array.from({ length: 130 }, (_, index) => announcements.announce(change(`c-${index}`, 1))));
  expect(await countScripts()).toBe(3);
  expect(await client.keys('msg:version:c-*')).toHaveLength(130);
});

test('markers begin lives that no other announcement and no other process begins', async () => {
  await announcements.announce(change('a', 1));
  await announcements.announce(change('b', 1));
  const nonces = [await client.get('msg:version:a'), await client.get('msg:version:b')];
  expect(nonces).toEqual(['n0nce.1:1', 'n0nce.2:1']);
});

test('where this process needs no markers it makes none, and raises those that are there', async () => {
  await client.set('msg:version:a', 'other:1', 'PX', 5_000);
  const plain = new Announcements(connection, { origin: 'n0nce' });
  await Promise.all([plain.announce(change('a', 2)), plain.announce(change('b', 2))]);
  expect([await client.get('msg:version:a'), await client.get('msg:version:b')]).toEqual(['other:2', null]);
  expect(await client.pttl('msg:version:a')).toBeLessThanOrEqual(5_000);
  await eventually('both events have come', async () => heard.length === 2);
});

test('what Redis does not take is said for each, and what comes when it is back is announced', async () => {
  engine.suspend();
  try {
    const failed = await Promise.allSettled(['a', 'b', 'c'].map((id) => announcements.announce(change(id, 1))));
    expect(failed.map((result) => result.status === 'rejected' && result.reason)).toEqual(
      Array(3).fill(expect.any(RedisUnavailable)),
    );
    for (let failures = 0; connection.isAvailable; failures += 1) {
      await announcements.announce(change('a', failures)).catch(() => undefined);
    }
    await expect(announcements.announce(change('a', 9))).rejects.toThrow(RedisUnavailable); // Redis is left alone
  } finally {
    engine.resume();
  }
  await eventually('Redis is reached', () => connection.isHealthy());
  await announcements.announce(change('d', 1));
  expect(await versionOf('d')).toBe(1);
});
