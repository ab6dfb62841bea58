import { expect, test } from '@jest/globals';
import type { KubernetesObject } from '../e2e/kubectl.ts';
import { isSettled } from './settled.ts';

const object = (kind: string, status: object, metadata: object = {}): KubernetesObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'a', uid: 'u', resourceVersion: '1', ...metadata }, status }) as never;

const stack = (generation: number, observedGeneration: number, ready = 'True') =>
  object('ChatStack', { observedGeneration, conditions: [{ type: 'Ready', status: ready }] }, { generation });
const pod = (ready: string, more: object = {}) =>
  object(
    'Pod',
    { conditions: [{ type: 'Ready', status: ready }] },
    {
      labels: { 'app.kubernetes.io/component': 'redis' },
      ...more,
    },
  );

test('a stack is settled when its newest spec is Ready and each component has its pods, all ready', () => {
  expect(isSettled([stack(2, 2), pod('True')], { redis: 1 })).toBe(true);
  expect(isSettled([stack(2, 1), pod('True')], { redis: 1 })).toBe(false);
  expect(isSettled([stack(2, 2, 'False'), pod('True')], { redis: 1 })).toBe(false);
  expect(isSettled([stack(2, 2), pod('False')], { redis: 1 })).toBe(false);
  expect(isSettled([stack(2, 2)], { redis: 1 })).toBe(false);
  expect(isSettled([stack(2, 2), pod('True'), pod('True')], { redis: 1 })).toBe(false);
});

test('pods that are on their way out do not count', () => {
  const leaving = pod('False', { deletionTimestamp: 'now' });
  expect(isSettled([stack(1, 1), pod('True'), leaving], { redis: 1 })).toBe(true);
});
