import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { summarizeWorkload } from './component-state.ts';

const deployment = (status: object, generation = 2): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'acme-service', generation },
  spec: { replicas: 2, template: { spec: { containers: [{ image: 'service:1' }] } } },
  status,
});

const statefulSet = (status: object): KubernetesObject => ({
  ...deployment(status),
  kind: 'StatefulSet',
  spec: { replicas: 1 },
});

const pod = (status: object, name = 'acme-service-a'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  status,
});

const full = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const stateful = { observedGeneration: 2, replicas: 1, readyReplicas: 1, currentRevision: 'a', updateRevision: 'a' };

describe('how far a workload has come', () => {
  test.each([
    ['every pod of the newest version is available', deployment(full), 'ready'],
    ['its newest generation is not observed yet', deployment(full, 3), 'rolling'],
    ['a pod of the former version is still there', deployment({ ...full, replicas: 3 }), 'rolling'],
    ['pods are ready but not all of the newest version', deployment({ ...full, updatedReplicas: 1 }), 'rolling'],
    [
      'a pod is ready, and the next one may not be replaced yet',
      deployment({ ...full, availableReplicas: 1 }),
      'ready',
    ],
    ['nothing is known of it', deployment({}), 'rolling'],
    ['it is being deleted', { ...deployment(full), metadata: { name: 'a', deletionTimestamp: 'now' } }, 'rolling'],
    ['there is none', undefined, 'missing'],
    ['a stateful one has its newest revision', statefulSet(stateful), 'ready'],
    ['a stateful one runs the former revision', statefulSet({ ...stateful, updateRevision: 'b' }), 'rolling'],
    ['a stateful one has no ready pod', statefulSet({ ...stateful, readyReplicas: 0 }), 'rolling'],
  ])('%s', (_, workload, phase) => {
    expect(summarizeWorkload(workload, [])).toMatchObject({ phase });
  });

  const waiting = (reason: string, message = '') => ({
    containerStatuses: [{ name: 'service', state: { waiting: { reason, message } } }],
  });

  test.each([
    [
      'an image that can not be pulled',
      waiting('ImagePullBackOff', 'no such image'),
      'stuck',
      'ImagePullBackOff',
      /no such image/,
    ],
    [
      'a missing key of a Secret',
      waiting('CreateContainerConfigError', 'no key'),
      'stuck',
      'CreateContainerConfigError',
      /no key/,
    ],
    ['an ordinary start', waiting('ContainerCreating'), 'rolling', 'RollingOut', /0 of 2 pods ready/],
    [
      'no node with room',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
      'stuck',
      'Unschedulable',
      /0\/1 nodes/,
    ],
  ])('%s', (_, status, phase, reason, message) => {
    const state = summarizeWorkload(deployment({ observedGeneration: 2 }), [pod(status)]);
    expect(state).toMatchObject({ phase, reason });
    expect(state.message).toMatch(message);
  });

  test('a crash loop says the same at every back-off, so that the status is not written for ever', () => {
    const crashing = (message: string) => ({
      containerStatuses: [
        {
          name: 'service',
          state: { waiting: { reason: 'CrashLoopBackOff', message } },
          lastState: { terminated: { reason: 'Error', exitCode: 1 } },
        },
      ],
    });
    const messages = ['back-off 10s', 'back-off 20s'].map(
      (text) => summarizeWorkload(deployment({ observedGeneration: 2 }), [pod(crashing(text))]).message,
    );
    expect(messages[0]).toBe(messages[1]);
    expect(messages[0]).toMatch(/Error, exit code 1.*kubectl logs acme-service-a -c service --previous/);
  });

  test('a container that runs between two crashes is in the same trouble as while it waits', () => {
    const lastState = { terminated: { reason: 'Error', exitCode: 1 } };
    const states = [
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
      { running: {} },
      { terminated: lastState.terminated },
    ];
    const told = states.map((state) =>
      summarizeWorkload(deployment({ observedGeneration: 2 }), [
        pod({ containerStatuses: [{ name: 'service', ready: false, restartCount: 3, state, lastState }] }),
      ]),
    );
    expect(told[0]).toMatchObject({ phase: 'stuck', reason: 'CrashLoopBackOff' });
    expect(told.slice(1)).toEqual([told[0], told[0]]);
  });

  test('an image that can not be pulled is told in the same words at every attempt: which, why, and what to do', () => {
    const cause = 'failed to pull and unpack image "nobody/nothing:9": not found';
    const [first, second] = [
      waiting('ErrImagePull', cause),
      waiting('ImagePullBackOff', `Back-off pulling image "nobody/nothing:9": ErrImagePull: ${cause}`),
    ].map(({ containerStatuses: [container] }) =>
      summarizeWorkload(deployment({ observedGeneration: 2 }), [
        pod({ containerStatuses: [{ ...container, image: 'nobody/nothing:9' }] }),
      ]),
    );
    expect(first).toEqual(second);
    expect(first?.message).toMatch(
      /pod acme-service-a: expected to pull image nobody\/nothing:9, .*not found.*Correct/,
    );
  });

  test('a first pod whose volume is being made is no trouble', () => {
    const message = '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    const state = summarizeWorkload(deployment({ observedGeneration: 2 }), [pod({ conditions })]);
    expect(state).toMatchObject({ phase: 'rolling', reason: 'RollingOut' });
    expect(state.message).toMatch(/waits for its volume.*kubectl get storageclass,pvc/);
  });

  test.each([
    [
      'fewer pods are asked for',
      { ...full, replicas: 3, updatedReplicas: 3, readyReplicas: 3 },
      3,
      '2 of 2 pods ready; 1 more than asked for is ending',
    ],
    [
      'more pods are asked for',
      { ...full, readyReplicas: 1, availableReplicas: 1 },
      2,
      '1 of 2 pods ready; the others are starting',
    ],
    [
      'another version is asked for',
      { ...full, replicas: 3, updatedReplicas: 1 },
      2,
      '2 of 2 pods ready; 1 of 2 of the new version, 2 of the old',
    ],
    ['nothing has been confirmed', full, 3, '2 of 2 pods ready; the cluster has yet to confirm it'],
  ])('its message says what happens when %s', (_, status, generation, message) => {
    expect(summarizeWorkload(deployment(status, generation), []).message).toBe(message);
  });

  test('pods that a quota forbids', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }];
    expect(summarizeWorkload(deployment({ observedGeneration: 2, conditions }), [])).toMatchObject({
      phase: 'stuck',
      reason: 'FailedCreate',
    });
  });

  test('a ready workload is ready whatever one of its former pods says', () => {
    expect(summarizeWorkload(deployment(full), [pod(waiting('CrashLoopBackOff'))]).phase).toBe('ready');
  });
});
