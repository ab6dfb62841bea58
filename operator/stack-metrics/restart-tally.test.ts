import { expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { RestartTally } from './restart-tally.ts';

const pod = (uid: string, restarts: number, component = 'service'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, uid, labels: { 'app.kubernetes.io/component': component } },
  status: { containerStatuses: [{ name: 'program', restartCount: restarts }] },
});

/** The count for the service after each of these looks. */
function countAfter(...looks: readonly (readonly KubernetesObject[])[]): (number | undefined)[] {
  const tally = new RestartTally();
  return looks.map((pods) => {
    tally.observe(pods, ['service']);
    return tally.totals.get('service');
  });
}

test('what a pod had when counting began is not counted, what comes is', () => {
  expect(countAfter([pod('a', 7)], [pod('a', 9)])).toEqual([0, 2]);
});

test('all restarts of a pod that came later are counted', () => {
  expect(countAfter([], [pod('a', 0)], [pod('a', 1), pod('b', 3)])).toEqual([0, 0, 4]);
});

test('pods that go take nothing along, and one that comes in their place begins anew', () => {
  expect(countAfter([], [pod('a', 2), pod('b', 3)], [pod('b', 3)], [pod('b', 3), pod('c', 1)])).toEqual([0, 5, 5, 6]);
});

test('containers that run beside are counted, also those that start first', () => {
  const both = (count: number): KubernetesObject => ({
    ...pod('a', count),
    status: {
      containerStatuses: [{ name: 'program', restartCount: count }],
      initContainerStatuses: [{ name: 'exporter', restartCount: count }, { name: 'set-up' }],
    },
  });
  expect(countAfter([both(0)], [both(2)])).toEqual([0, 4]);
});

test('components without a workload are not counted, and one that comes begins at zero', () => {
  const tally = new RestartTally();
  tally.observe([pod('a', 0), pod('job', 0, 'migration')], ['service', 'redis']);
  tally.observe([pod('a', 0), pod('job', 5, 'migration')], ['service', 'pgbouncer']);
  expect([...tally.totals]).toEqual([
    ['service', 0],
    ['pgbouncer', 0],
  ]);
});
