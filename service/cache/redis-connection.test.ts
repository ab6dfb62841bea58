import { type RedisEngine, startRedis } from '@chatstack/test/engines/redis.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { RedisConnection } from './redis-connection.ts';

let engine: RedisEngine;
let connection: RedisConnection;
const told: string[] = [];
let failedProbes = 0;
beforeAll(async () => {
  engine = await startRedis();
  const observe = (command: string) => (error?: unknown) => {
    if (command === 'ping' && error !== undefined) failedProbes += 1;
  };
  connection = new RedisConnection({ url: engine.url, password: undefined }, (message) => told.push(message), observe);
  await eventually('Redis is reached', () => connection.isHealthy());
});
afterAll(async () => {
  connection?.close();
  await engine?.stop();
});

const goAway = async () => {
  engine.suspend();
  while (connection.isAvailable) await connection.run((client) => client.get('a')).catch(() => undefined);
};

test('that Redis is left alone is told once each time, however often it is probed in vain', async () => {
  await goAway();
  await eventually('it was probed in vain', async () => failedProbes >= 3);
  expect(told).toEqual(['Redis is left alone: it failed too often in a row']);
  engine.resume();
  await eventually('Redis is back', () => connection.isHealthy());
  await goAway();
  expect(told).toEqual([told[0], 'Redis answers again', told[0]]);
  engine.resume();
});
