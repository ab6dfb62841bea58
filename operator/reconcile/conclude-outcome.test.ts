import { nothingObserved } from '@chatstack/stack/plan/plan-input.ts';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { decideAnew } from './decide.ts';
import { concludeOutcome } from './reconcile-chat-stack.ts';
import type { StepResult } from './step.ts';

const stack: KubernetesObject = {
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name: 'acme', namespace: 'chat' },
  spec: {},
};
const decided = decideAnew(stack, { serviceImage: undefined, volume: undefined, observed: nothingObserved });
const conclude = (...results: StepResult[]) =>
  concludeOutcome(
    decided,
    results.map((result, index) => ({ name: `step ${index}`, result })),
  );

describe('when a stack is looked at again', () => {
  test('when a watch tells, while all it rests on is watched', () => {
    expect(conclude({ kind: 'done' })).toEqual({ kind: 'done' });
  });

  test('after a time, when it rests on a Secret that no watch shows', () => {
    expect(conclude({ kind: 'done', afterMilliseconds: 30_000 }, { kind: 'done' })).toMatchObject({
      kind: 'waiting',
      afterMilliseconds: 30_000,
    });
  });

  test('also while it waits for its owner to act', () => {
    const stalled: StepResult = { kind: 'stalled', reason: 'MigrationFailed', message: 'failed' };
    expect(conclude({ kind: 'done', afterMilliseconds: 30_000 }, stalled)).toMatchObject({ afterMilliseconds: 30_000 });
    expect(conclude({ kind: 'done' }, stalled)).toMatchObject({ kind: 'stalled' });
  });

  test('after the shortest of the times', () => {
    const waits: StepResult = { kind: 'waiting', reason: 'PoolReloading', message: 'soon', afterMilliseconds: 500 };
    expect(conclude({ kind: 'done', afterMilliseconds: 30_000 }, waits)).toMatchObject({ afterMilliseconds: 500 });
  });
});
