import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../testing/eventually.ts';
import { EventStream } from './event-stream.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { encodeEvent } from './stream-event.ts';

let engine: RedisEngine;
let publisher: Redis;
let stream: EventStream;
let told: string[];
beforeAll(async () => {
  engine = await startRedis();
  publisher = new Redis(engine.url, { retryStrategy: () => 20 });
  publisher.on('error', () => undefined); // tests kill Redis
});
afterAll(async () => {
  publisher?.disconnect();
  await engine?.stop();
});
beforeEach(async () => {
  told = [];
  stream = open();
  await eventually('the stream is healthy', async () => stream.isHealthy);
});
afterEach(() => stream.close());

function open(url = engine.url): EventStream {
  const opened = new EventStream({ url, password: undefined });
  opened.listen({
    onEvent: ({ json }) => void told.push(json),
    onLapse: () => void told.push('lapse'),
    onRecovered: () => void told.push('recovered'),
  });
  return opened;
}

const event = { origin: 'test', version: 1, changesParticipants: false, conversationId: 'conv-1' };
const publish = (json: string) => publisher.publish(EVENTS_CHANNEL, encodeEvent({ ...event, json }));
const isTold = (message: string) => eventually(`${message} is told`, async () => told.includes(message));

async function expectRecovery(): Promise<void> {
  await eventually('the stream is healthy again', async () => stream.isHealthy);
  await publish('after');
  await isTold('after');
  expect(told).toEqual(['recovered', 'before', 'lapse', 'recovered', 'after']);
}

test('events are told in the order in which Redis took them, and what is no event is passed over', async () => {
  await publisher.publish(EVENTS_CHANNEL, 'nonsense');
  const sent = Array.from({ length: 100 }, (_, index) => `event ${index}`);
  await Promise.all(sent.map(publish));
  await isTold('event 99');
  expect(told).toEqual(['recovered', ...sent]);
});

test('a killed Redis is a lapse at once, and the stream comes back by itself', async () => {
  await publish('before');
  await isTold('before');
  await engine.kill();
  await isTold('lapse');
  expect(stream.isHealthy).toBe(false);
  await engine.restart();
  await expectRecovery();
});

test('a Redis that is stopped (SIGSTOP) is a lapse within 1.5 s, though the connection stands', async () => {
  await publish('before');
  await isTold('before');
  engine.suspend();
  try {
    const start = performance.now();
    await eventually('the stream is not healthy', async () => !stream.isHealthy);
    expect(performance.now() - start).toBeLessThan(4_500); // 1.5 s, and a busy machine; after 5 s the socket itself gives up
    await isTold('lapse');
  } finally {
    engine.resume();
  }
  await expectRecovery();
});

test('a connection that Redis ends (CLIENT KILL) is a lapse, however soon the next one is there', async () => {
  await publish('before');
  await isTold('before');
  await publisher.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
  await isTold('lapse');
  await expectRecovery();
});

test('a burst that overflows the output buffer of Redis is a lapse, not a silent gap', async () => {
  await publish('before');
  await isTold('before');
  await publisher.config('SET', 'client-output-buffer-limit', 'pubsub 100kb 0 0');
  const burst = "for count = 1, 100 do redis.call('PUBLISH', ARGV[1], string.rep('x', 10000)) end";
  await publisher.eval(burst, 0, EVENTS_CHANNEL);
  await isTold('lapse');
  await expectRecovery();
});

test('where Redis is not there, or does not let this user subscribe, the stream is never healthy', async () => {
  await publisher.call('ACL', 'SETUSER', 'deaf', 'on', 'nopass', '~*', '+@all', 'resetchannels');
  const others = [open('redis://127.0.0.1:1'), open(engine.url.replace('redis://', 'redis://deaf:any@'))];
  told = [];
  // Asked for again and again; a PING in between would be answered, and prove nothing.
  await eventually('it was refused twice', async () => {
    const entries = (await publisher.call('ACL', 'LOG')) as unknown[][];
    return entries.some((entry) => entry.includes('deaf') && Number(entry[entry.indexOf('count') + 1]) >= 2);
  });
  expect(others.map(({ isHealthy }) => isHealthy)).toEqual([false, false]);
  expect(told).toEqual([]);
  for (const other of others) other.close();
});
