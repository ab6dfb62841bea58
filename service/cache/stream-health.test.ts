import { beforeEach, expect, test } from '@jest/globals';
import { StreamHealth } from './stream-health.ts';

let now = 0;
let health: StreamHealth;
beforeEach(() => {
  now = 100;
  health = new StreamHealth(() => now);
});

test('a stream is not healthy before anything was proven, which is no lapse', () => {
  expect([health.isHealthy, health.notice()]).toEqual([false, undefined]);
});

test('a stream is healthy for 1.5 s after the sending of what was answered, however late the answer came', () => {
  now = 1_000;
  health.prove(100);
  expect([health.isHealthy, health.notice(), health.notice()]).toEqual([true, 'recovered', undefined]);
  now = 1_600;
  expect([health.isHealthy, health.notice()]).toEqual([true, undefined]);
  now = 1_601;
  expect([health.isHealthy, health.notice(), health.notice()]).toEqual([false, 'lapsed', undefined]);
});

test('an answer that comes after a newer one proves nothing less', () => {
  health.prove(100);
  health.prove(50);
  now = 1_600;
  expect(health.isHealthy).toBe(true);
});

test('a broken stream is not healthy at once, until something is proven anew', () => {
  health.prove(100);
  expect(health.notice()).toBe('recovered');
  health.break();
  expect([health.isHealthy, health.notice()]).toEqual([false, 'lapsed']);
  health.prove(100);
  expect([health.isHealthy, health.notice()]).toEqual([true, 'recovered']);
});

test('a lapse between two looks is in between all the same', () => {
  health.prove(100);
  health.notice();
  now = 1_700;
  expect(health.isHealthy).toBe(false);
  health.prove(1_650); // nothing was lost meanwhile: the connection is the same
  expect([health.isHealthy, health.notice()]).toEqual([true, undefined]);
});
